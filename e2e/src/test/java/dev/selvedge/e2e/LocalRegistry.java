package dev.selvedge.e2e;

import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

/**
 * The registry of {@code cluster/}, which is outside of the cluster and wants a password.
 *
 * @param environment what names it, and in it a path that is new, so that no node has its images yet
 */
record LocalRegistry(Map<String, String> environment) {
    /** Starts it if it is not up. */
    static LocalRegistry start(Shell shell) {
        shell.run("cluster/cluster", "registry", "up");
        var environment = new HashMap<>(shell.settings("cluster/cluster", "registry", "info"));
        environment.merge("SELVEDGE_REGISTRY", UUID.randomUUID().toString(), (host, path) -> host + "/" + path);
        return new LocalRegistry(environment);
    }
}
