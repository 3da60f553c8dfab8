package dev.selvedge.hub.mqtt;

import org.jspecify.annotations.Nullable;

/** What the topic of a client's PUBLISH asks for. */
sealed interface Inbound {
    /** {@code devices/{d}[/modules/{m}]/messages/events/{bag}} of the client itself; outputs are in the bag. */
    record Telemetry(PropertyBag bag) implements Inbound {}

    /** {@code $iothub/twin/GET/?$rid={rid}}. */
    record TwinGet(String rid) implements Inbound {}

    /** {@code $iothub/twin/PATCH/properties/reported/?$rid={rid}}; no answer is wanted when there is no request id. */
    record TwinReport(@Nullable String rid) implements Inbound {}

    /** {@code $iothub/methods/res/{status}/?$rid={rid}}. */
    record MethodAnswer(int status, String rid) implements Inbound {}

    /** A method answer with something else for its status: Python's SDK writes whatever the module gave it. */
    record BrokenAnswer(String status, String rid) implements Inbound {}
}
