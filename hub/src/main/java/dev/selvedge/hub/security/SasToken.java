package dev.selvedge.hub.security;

import java.security.MessageDigest;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;

import dev.selvedge.hub.message.Percent;
import dev.selvedge.identity.ConnectionString;

/**
 * A shared access signature, {@code SharedAccessSignature sr=…&sig=…&se=…}, fields in any order. It is signed over the text of {@code sr} and
 * {@code se} exactly as received, since every SDK encodes a little differently.
 */
public final class SasToken {
    /** Longest token that is read, in characters. */
    public static final int MAX_LENGTH = 4096;

    private static final String SCHEME = "SharedAccessSignature";
    private static final long LATEST_EXPIRY = 253_402_300_799L;

    private final String resource;
    private final String expiryText;
    private final byte[] signature;
    private final Audience audience;
    private final Instant expiry;

    private SasToken(String resource, String expiryText, byte[] signature, Audience audience, Instant expiry) {
        this.resource = resource;
        this.expiryText = expiryText;
        this.signature = signature;
        this.audience = audience;
        this.expiry = expiry;
    }

    /** Whether a password means to be a token. */
    static boolean isOne(String text) {
        return text.strip().startsWith(SCHEME);
    }

    public static SasToken parse(String text) throws TokenException {
        if (text.length() > MAX_LENGTH) {
            throw new TokenException("the token has more than " + MAX_LENGTH + " characters");
        }
        var parts = text.strip().split("\\s+", -1);
        if (parts.length != 2 || !parts[0].equals(SCHEME)) {
            throw new TokenException("the password is no '" + SCHEME + " sr=…&sig=…&se=…'");
        }
        var fields = fields(parts[1]);
        var resource = required(fields, "sr");
        var expiry = required(fields, "se");
        var signature = signature(required(fields, "sig"));
        return new SasToken(resource, expiry, signature, Audience.parse(resource), expiry(expiry));
    }

    /** Whom the token was made for. */
    public Audience audience() {
        return audience;
    }

    /** When the token ends, without any allowance for clocks that differ. */
    public Instant expiry() {
        return expiry;
    }

    /** Whether this key (base64) made the signature. Takes the same time for a near miss. */
    public boolean signedWith(String key) {
        return MessageDigest.isEqual(ConnectionString.sign(key, resource + "\n" + expiryText), signature);
    }

    private static Map<String, String> fields(String text) throws TokenException {
        var fields = new HashMap<String, String>();
        for (var field : text.split("&", -1)) {
            var equals = field.indexOf('=');
            if (equals <= 0) {
                throw new TokenException("a field of the token has no name or no value");
            }
            if (fields.put(field.substring(0, equals), field.substring(equals + 1)) != null) {
                throw new TokenException("the token has the field '" + field.substring(0, equals) + "' twice");
            }
        }
        return fields;
    }

    private static String required(Map<String, String> fields, String name) throws TokenException {
        var value = fields.get(name);
        if (value == null || value.isEmpty()) {
            throw new TokenException("the token has no '" + name + "'");
        }
        return value;
    }

    private static byte[] signature(String encoded) throws TokenException {
        try {
            return Base64.getDecoder().decode(Percent.decode(encoded));
        } catch (IllegalArgumentException _) {
            throw new TokenException("the signature of the token is not base64");
        }
    }

    private static Instant expiry(String text) throws TokenException {
        try {
            var seconds = Long.parseLong(text);
            if (seconds >= 0 && seconds <= LATEST_EXPIRY) {
                return Instant.ofEpochSecond(seconds);
            }
        } catch (NumberFormatException _) {
            // said below
        }
        throw new TokenException("the expiry 'se' of the token is no number of seconds since 1970");
    }

    @Override
    public String toString() {
        return "SasToken[" + audience + ", expires " + expiry + "]";
    }
}
