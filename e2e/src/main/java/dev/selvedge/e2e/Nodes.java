package dev.selvedge.e2e;

import java.util.List;

/** The nodes of a cluster that this run started, reached beside its API server. */
interface Nodes {
    /** Imports docker-archives into each. */
    void load(List<String> archives);

    /**
     * Ends a container with SIGKILL, as a power cut would.
     *
     * @param id as in the pod's status, without {@code containerd://}
     */
    void kill(String node, String id);
}
