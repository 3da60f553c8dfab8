package dev.selvedge.bench.server;

import org.jspecify.annotations.Nullable;

/**
 * The manifests of a hub: modules p0, p1, … that publish, and one that may receive.
 *
 * @param toReceiver whether the module {@code receiver} gets all messages
 * @param toUpstream whether the upstream gets them
 * @param upstream URL of a broker; without one the upstream's messages wait
 */
public record Site(
        int publishers,
        boolean toReceiver,
        boolean toUpstream,
        @Nullable String upstream) {
    /** Everything waits for an upstream that is not there. */
    public static Site queueing(int publishers) {
        return new Site(publishers, false, true, null);
    }

    /** Everything goes to a module. */
    public static Site receiving(int publishers) {
        return new Site(publishers, true, false, null);
    }

    String yaml() {
        var yaml = new StringBuilder("""
                apiVersion: selvedge.dev/v1alpha1
                kind: EdgeHub
                metadata: {name: hub}
                spec:
                  storage: {size: 40Gi, maxBytes: 32Gi}
                  storeAndForward: {timeToLive: 168h}
                """);
        if (upstream != null) {
            yaml.append("  upstream: {mqtt: {url: \"").append(upstream).append("\"}}\n");
        }
        yaml.append("  routes:\n");
        if (toUpstream) {
            yaml.append("    toUpstream: {route: FROM /messages/* INTO $upstream}\n");
        }
        if (toReceiver) {
            yaml.append(
                    "    toReceiver: {route: FROM /messages/* INTO BrokeredEndpoint(\"/modules/receiver/inputs/in\")}\n");
        }
        module(yaml, "receiver");
        for (int i = 0; i < publishers; i++) {
            module(yaml, "p" + i);
        }
        return yaml.toString();
    }

    private static void module(StringBuilder yaml, String name) {
        yaml.append("---\napiVersion: selvedge.dev/v1alpha1\nkind: EdgeModule\nmetadata: {name: ")
                .append(name)
                .append("}\nspec: {image: none}\n");
    }
}
