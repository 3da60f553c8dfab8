package dev.selvedge.identity;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

import org.jspecify.annotations.Nullable;

/**
 * What an SDK's {@code createFromEnvironment} reads from {@code EdgeHubConnectionString}: connections are opened to the gateway host, tokens are
 * signed for {@link #hubName}.
 *
 * @param key in base64; null for an identity that shows a certificate
 */
public record ConnectionString(
        String gatewayHost, Identity identity, @Nullable String key) {
    private static final String API_VERSION = "2021-04-12";

    /**
     * The name that stands for the IoT Hub: the gateway's own, made to have two labels, because the Java SDK refuses a host name without a dot.
     */
    public static String hubName(String gatewayHost) {
        return gatewayHost.contains(".") ? gatewayHost : gatewayHost + ".selvedge";
    }

    /**
     * {@code HostName=…;DeviceId=…;ModuleId=…;SharedAccessKey=…;GatewayHostName=…}; every SDK wants all five. {@code x509=true} stands in for the key
     * of one that has none.
     */
    public String text() {
        var module = identity.moduleId() == null ? "" : ";ModuleId=" + identity.moduleId();
        return "HostName=" + hubName(gatewayHost) + ";DeviceId=" + identity.deviceId() + module
                + (key == null ? ";x509=true" : ";SharedAccessKey=" + key) + ";GatewayHostName=" + gatewayHost;
    }

    /** Reads {@link #text} back; throws IllegalArgumentException that names the field that is missing. */
    public static ConnectionString parse(String text) {
        var fields = new HashMap<String, String>();
        for (var field : text.split(";")) {
            var equals = field.indexOf('=');
            if (equals <= 0) {
                throw new IllegalArgumentException("a field of the connection string has no name or no value");
            }
            fields.put(field.substring(0, equals), field.substring(equals + 1));
        }
        return new ConnectionString(
                required(fields, "GatewayHostName"),
                new Identity(required(fields, "DeviceId"), fields.get("ModuleId")),
                fields.containsKey("x509") ? null : required(fields, "SharedAccessKey"));
    }

    private static String required(Map<String, String> fields, String name) {
        @Nullable String value = fields.get(name);
        if (value == null || value.isEmpty()) {
            throw new IllegalArgumentException("the connection string has no " + name);
        }
        return value;
    }

    /** The MQTT user name that an SDK makes of it. */
    public String userName() {
        return hubName(gatewayHost) + "/" + identity.path() + "/?api-version=" + API_VERSION;
    }

    /** The shared access signature that an SDK makes of it, its password; IllegalStateException when there is no key. */
    public String token(Instant expiry) {
        if (key == null) {
            throw new IllegalStateException(identity + " has no key, it shows a certificate");
        }
        var module = identity.moduleId() == null ? "" : "/modules/" + identity.moduleId();
        var resource = URLEncoder.encode(
                hubName(gatewayHost) + "/devices/" + identity.deviceId() + module, StandardCharsets.UTF_8);
        var signature = Base64.getEncoder().encodeToString(sign(key, resource + "\n" + expiry.getEpochSecond()));
        return "SharedAccessSignature sr=" + resource + "&sig=" + URLEncoder.encode(signature, StandardCharsets.UTF_8)
                + "&se=" + expiry.getEpochSecond();
    }

    /** HMAC-SHA256 with a key in base64. */
    public static byte[] sign(String key, String text) {
        try {
            var mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(Base64.getDecoder().decode(key), "HmacSHA256"));
            return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JVM has no HMAC-SHA256", e);
        }
    }

    @Override
    public String toString() {
        return "ConnectionString[" + identity + "@" + gatewayHost + "]";
    }
}
