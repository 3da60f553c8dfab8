package dev.selvedge.hub.process;

import java.util.List;

/**
 * A site whose modules' messages all go upstream.
 *
 * @param upstream the value of {@code spec.upstream}, YAML in one line
 * @param more lines of the EdgeHub's spec, indented by two
 */
record UplinkSite(String upstream, List<String> modules, String more) {

    UplinkSite(String upstream, List<String> modules) {
        this(upstream, modules, "");
    }

    /** The value of {@code spec.upstream} for a broker that wants to know nothing of who comes. */
    static String broker(String url) {
        return "{mqtt: {url: \"" + url + "\", topic: \"plant/{deviceId}/{moduleId}\"}}";
    }

    String manifests() {
        var manifests = new StringBuilder("""
                apiVersion: selvedge.dev/v1alpha1
                kind: EdgeHub
                metadata: {name: hub}
                spec:
                  storage: {size: 1Gi}
                  routes: {toCloud: {route: FROM /messages/* INTO $upstream}}
                  upstream: %s
                """.formatted(upstream) + more);
        for (var module : modules) {
            manifests.append("""
                    ---
                    apiVersion: selvedge.dev/v1alpha1
                    kind: EdgeModule
                    metadata: {name: %s}
                    spec: {image: none}
                    """.formatted(module));
        }
        return manifests.toString();
    }
}
