package dev.selvedge.api.v1alpha1;

/**
 * The reasons of conditions and events. They are API: people search for them and programs compare them. Each has a section in
 * {@code docs/reference/conditions.md}.
 */
public final class Reasons {
    /** All instances run and are ready. */
    public static final String READY = "Ready";
    /** Pods are being made, scheduled, pulled or started. */
    public static final String PENDING = "Pending";
    /** An image cannot be pulled. */
    public static final String IMAGE_PULL_BACK_OFF = "ImagePullBackOff";
    /** A container ends again and again. */
    public static final String CRASH_LOOP_BACK_OFF = "CrashLoopBackOff";
    /** The API server refuses the pod, for example by Pod Security. */
    public static final String POD_REJECTED = "PodRejected";
    /** A route cannot be understood; the last good one stays in force. */
    public static final String INVALID_ROUTE = "InvalidRoute";
    /** No node matches. */
    public static final String NO_NODE = "NoNode";
    /** The node has no hub. */
    public static final String NO_HUB = "NoHub";
    /** Two objects claim one identity or one node; the older one keeps it. */
    public static final String CONFLICT = "Conflict";
    /** The node does not answer the API server; what runs there goes on. */
    public static final String NODE_UNREACHABLE = "NodeUnreachable";
    /** The user asked for no pods. */
    public static final String STOPPED = "Stopped";
    /** A Secret that is named is not there. */
    public static final String SECRET_NOT_FOUND = "SecretNotFound";
    /** The pod template overlay cannot be applied. */
    public static final String INVALID_POD_TEMPLATE = "InvalidPodTemplate";
    /** A module that this one depends on is not ready yet. */
    public static final String WAITING_FOR_DEPENDENCY = "WaitingForDependency";
    /** A twin whose instance does not exist. */
    public static final String NO_MODULE = "NoModule";
    /** The operator failed; it tries again. */
    public static final String ERROR = "Error";

    private Reasons() {}
}
