package dev.selvedge.identity;

/**
 * What an SDK's {@code createFromEnvironment} reads from {@code EdgeHubConnectionString}: connections are opened to the gateway host, tokens are
 * signed for {@link #hubName}.
 */
public record ConnectionString(String gatewayHost, Identity identity, String key) {
    /**
     * The name that stands for the IoT Hub: the gateway's own, made to have two labels, because the Java SDK refuses a host name without a dot.
     */
    public static String hubName(String gatewayHost) {
        return gatewayHost.contains(".") ? gatewayHost : gatewayHost + ".selvedge";
    }

    /** {@code HostName=…;DeviceId=…;ModuleId=…;SharedAccessKey=…;GatewayHostName=…}; every SDK wants all five. */
    public String text() {
        var module = identity.moduleId() == null ? "" : ";ModuleId=" + identity.moduleId();
        return "HostName=" + hubName(gatewayHost) + ";DeviceId=" + identity.deviceId() + module + ";SharedAccessKey="
                + key + ";GatewayHostName=" + gatewayHost;
    }

    @Override
    public String toString() {
        return "ConnectionString[" + identity + "@" + gatewayHost + "]";
    }
}
