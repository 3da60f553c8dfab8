package dev.selvedge.identity;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The one secret of a device, from which every key of its modules follows. The hub therefore keeps no keys and starts with no API server.
 * Immutable; {@link #toString()} never shows the key.
 */
public final class MasterKey {
    private static final int MINIMUM_BYTES = 32;

    private final SecretKeySpec key;

    private MasterKey(byte[] bytes) {
        if (bytes.length < MINIMUM_BYTES) {
            throw new IllegalArgumentException(
                    "a master key has at least " + MINIMUM_BYTES + " bytes, this one has " + bytes.length);
        }
        key = new SecretKeySpec(bytes, "HmacSHA256");
    }

    public static MasterKey of(byte[] bytes) {
        return new MasterKey(bytes);
    }

    /** The key of one identity, base64: HMAC-SHA256(master, "device/module/generation"), or "device//generation" for a device. */
    public String derive(Identity identity, String generationId) {
        var module = identity.moduleId() == null ? "" : identity.moduleId();
        var text = identity.deviceId() + "/" + module + "/" + generationId;
        try {
            var mac = Mac.getInstance("HmacSHA256");
            mac.init(key);
            return Base64.getEncoder().encodeToString(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JVM has no HMAC-SHA256", e);
        }
    }

    @Override
    public String toString() {
        return "MasterKey[hidden]";
    }
}
