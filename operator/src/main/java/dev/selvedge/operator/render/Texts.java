package dev.selvedge.operator.render;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;

import io.fabric8.kubernetes.api.model.Secret;

/** Text in the data of Secrets: base64 on one line, as the API server keeps it. */
public final class Texts {
    private Texts() {}

    public static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    /** The bytes under a key of a Secret; empty when the key is missing or no base64. */
    public static Optional<byte[]> bytes(Secret secret, String key) {
        var data = secret.getData() == null ? Map.<String, String>of() : secret.getData();
        try {
            return Optional.ofNullable(data.get(key)).map(Base64.getDecoder()::decode);
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    /** The text under a key of a Secret. */
    public static Optional<String> text(Secret secret, String key) {
        return bytes(secret, key).map(bytes -> new String(bytes, StandardCharsets.UTF_8));
    }
}
