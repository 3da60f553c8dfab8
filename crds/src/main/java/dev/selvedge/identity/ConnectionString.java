package dev.selvedge.identity;

/**
 * What an SDK's {@code createFromEnvironment} reads from {@code EdgeHubConnectionString}. Host and gateway are the same name: tokens are
 * signed for the first, connections opened to the second.
 */
public record ConnectionString(String host, Identity identity, String key) {
    /** {@code HostName=…;DeviceId=…;ModuleId=…;SharedAccessKey=…;GatewayHostName=…}; every SDK wants all five. */
    public String text() {
        var module = identity.moduleId() == null ? "" : ";ModuleId=" + identity.moduleId();
        return "HostName=" + host + ";DeviceId=" + identity.deviceId() + module + ";SharedAccessKey=" + key
                + ";GatewayHostName=" + host;
    }

    @Override
    public String toString() {
        return "ConnectionString[" + identity + "@" + host + "]";
    }
}
