package dev.selvedge.hub.security;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

import dev.selvedge.identity.Identity;

/** Makes tokens as the SDKs do, independently of the code under test. */
public final class Tokens {
    private Tokens() {}

    public static String token(String host, Identity identity, String key, Instant expiry) {
        var module = identity.moduleId() == null ? "" : "/modules/" + identity.moduleId();
        return token(host + "/devices/" + identity.deviceId() + module, key, Long.toString(expiry.getEpochSecond()));
    }

    public static String token(String audience, String key, String expiry) {
        var resource = URLEncoder.encode(audience, StandardCharsets.UTF_8);
        return "SharedAccessSignature sr=" + resource + "&sig=" + signature(resource, key, expiry) + "&se=" + expiry;
    }

    public static String signature(String resource, String key, String expiry) {
        try {
            var mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(Base64.getDecoder().decode(key), "HmacSHA256"));
            var text = (resource + "\n" + expiry).getBytes(StandardCharsets.UTF_8);
            return URLEncoder.encode(Base64.getEncoder().encodeToString(mac.doFinal(text)), StandardCharsets.UTF_8);
        } catch (java.security.GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
