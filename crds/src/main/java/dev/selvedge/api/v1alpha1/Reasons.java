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
    /** Nothing starts on the node until it is uncordoned. */
    public static final String NODE_CORDONED = "NodeCordoned";
    /** A node that is a device already is asked to be another one; it stays what it is until somebody lets go of that. */
    public static final String DEVICE_ID_CHANGED = "DeviceIdChanged";
    /** The user asked for no pods. */
    public static final String STOPPED = "Stopped";
    /** A Secret that is named is not there. */
    public static final String SECRET_NOT_FOUND = "SecretNotFound";
    /** The issuer that is named has signed no authority. */
    public static final String AUTHORITY_NOT_ISSUED = "AuthorityNotIssued";
    /** The pod template overlay cannot be applied. */
    public static final String INVALID_POD_TEMPLATE = "InvalidPodTemplate";
    /** A module that this one depends on is not ready yet. */
    public static final String WAITING_FOR_DEPENDENCY = "WaitingForDependency";
    /** A change waits while the annotation {@code selvedge.dev/hold} is there. */
    public static final String ON_HOLD = "OnHold";
    /** A change waits for the next maintenance window. */
    public static final String WAITING_FOR_WINDOW = "WaitingForWindow";
    /** An instance did not become ready with a change in time: the others do not get it. */
    public static final String ROLLOUT_PAUSED = "RolloutPaused";
    /** An instance did not become ready with a change in time: all run what ran before. */
    public static final String ROLLED_BACK = "RolledBack";
    /** A twin whose instance does not exist. */
    public static final String NO_MODULE = "NoModule";
    /** A hub's store is full: messages are turned away, or dropped as the policy says. */
    public static final String STORE_FULL = "StoreFull";
    /** Stored messages were missing or damaged when a hub started. */
    public static final String STORE_DAMAGED = "StoreDamaged";
    /** A hub's store is nearly full, or will be within a day at the present rate. */
    public static final String STORE_NEARLY_FULL = "StoreNearlyFull";
    /** A hub's store has room, and at the present rate for more than a day. */
    public static final String STORE_HAS_ROOM = "StoreHasRoom";
    /** A hub is connected to its upstream. */
    public static final String CONNECTED = "Connected";
    /** A hub is not connected to its upstream; messages wait in its store. */
    public static final String DISCONNECTED = "Disconnected";
    /** The hubs' certificates are valid. */
    public static final String CERTIFICATE_VALID = "CertificateValid";
    /** A hub's certificate ends soon and was not renewed. */
    public static final String CERTIFICATE_EXPIRING = "CertificateExpiring";
    /** A hub's certificate has ended, or has not begun. */
    public static final String CERTIFICATE_EXPIRED = "CertificateExpired";
    /** A hub does not run, so what it would say is not known. */
    public static final String HUB_NOT_READY = "HubNotReady";
    /** The operator failed; it tries again. */
    public static final String ERROR = "Error";

    private Reasons() {}
}
