package dev.selvedge.hub.delivery;

/**
 * Which receivers are there now. Fronts and upstreams attach themselves when they can take messages and detach when they cannot; messages wait
 * in the store meanwhile. Any thread.
 */
public interface Endpoints {
    /** The endpoint id of {@code $upstream}. */
    String UPSTREAM = "$upstream";

    /** The endpoint id of a module's input; what routes and the store call it. */
    static String input(String moduleId, String input) {
        return "modules/" + moduleId + "/inputs/" + input;
    }

    /** The endpoint id of a device that is no module: messages from outside wait there. */
    static String deviceBound(String deviceId) {
        return "devices/" + deviceId + "/messages/devicebound";
    }

    /** From now on messages for the endpoint go to this receiver; replaces an earlier one, whose unanswered sends will be sent again. */
    void attach(String endpoint, Receiver receiver);

    /** The receiver takes no more; does nothing when another one has replaced it. */
    void detach(String endpoint, Receiver receiver);
}
