package dev.selvedge.operator.status;

import java.util.Optional;

import dev.selvedge.api.v1alpha1.Reasons;
import dev.selvedge.operator.render.Names;
import dev.selvedge.plan.HubInstance;

/** Says of a node with a hub when it is asked to be another device than it is. */
public final class DeviceFindings {
    private DeviceFindings() {}

    /** Nothing when the node is the device that its name and labels ask for. */
    public static Optional<Finding> of(HubInstance hub) {
        var node = hub.node();
        return node.deviceId().equals(node.asked())
                ? Optional.empty()
                : Optional.of(new Finding(
                        node.name(),
                        Reasons.DEVICE_ID_CHANGED,
                        "the node is asked to be device '" + node.asked() + "' and goes on as '" + node.deviceId()
                                + "', whose messages are on its volume: set the label selvedge.dev/device-id to '"
                                + node.deviceId() + "', or let go of that device by deleting ModuleTwin '"
                                + Names.twin(Names.HUB, node.name()) + "'"));
    }
}
