package dev.selvedge.operator.apply;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.selvedge.operator.pki.Authorities;
import dev.selvedge.operator.pki.CertificateAuthority;
import dev.selvedge.operator.pki.KeyAndCertificate;
import dev.selvedge.operator.pki.Published;
import dev.selvedge.operator.render.Labels;
import dev.selvedge.operator.render.Names;
import dev.selvedge.operator.render.Texts;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import org.jspecify.annotations.Nullable;

/**
 * The Secret {@value Names#CA}. Its key {@value #ALL} holds all authorities with their keys; {@code ca.crt}, for people, has the roots to
 * trust, and {@code ca.key} the key that signs. Releases that knew one authority wrote and read those two alone.
 */
public final class AuthoritySecret {
    private static final String ALL = "authorities.json";
    private static final String CERTIFICATES = "ca.crt";
    private static final String SIGNER_KEY = "ca.key";
    private static final ObjectMapper JSON = new ObjectMapper();

    private AuthoritySecret() {}

    /**
     * One authority as it is written.
     *
     * @param certificate its own and those above it up to the root
     */
    private record Entry(String since, boolean given, String certificate, String key) {
        Entry {
            Objects.requireNonNull(since, "since");
            Objects.requireNonNull(certificate, "certificate");
            Objects.requireNonNull(key, "key");
        }

        @Override
        public String toString() {
            return "Entry[hidden]";
        }
    }

    /** Throws IllegalArgumentException, in words for the user, when the Secret cannot be used. */
    public static Authorities read(Secret secret) {
        var all = Texts.text(secret, ALL);
        if (all.isEmpty()) {
            var only = CertificateAuthority.parse(
                    new KeyAndCertificate(required(secret, CERTIFICATES), required(secret, SIGNER_KEY)));
            return new Authorities(List.of(new Published(only, only.validity().from(), false)));
        }
        try {
            return new Authorities(JSON.readValue(all.get(), new TypeReference<List<Entry>>() {}).stream()
                    .map(entry -> new Published(
                            CertificateAuthority.parse(new KeyAndCertificate(entry.certificate(), entry.key())),
                            Instant.parse(entry.since()),
                            entry.given()))
                    .toList());
        } catch (JsonProcessingException | DateTimeException e) {
            throw unusable(secret, ALL, e);
        }
    }

    /** When the authority that signs ends, or the first of those above it that it needs; empty when the Secret cannot be used. */
    public static Optional<Instant> signerEnd(Secret secret, Instant now) {
        try {
            return Optional.of(read(secret).signer(now).validity().until());
        } catch (IllegalArgumentException | IllegalStateException _) {
            return Optional.empty();
        }
    }

    static Secret of(String namespace, Authorities authorities, Instant now) {
        return new SecretBuilder()
                .withMetadata(new ObjectMetaBuilder()
                        .withName(Names.CA)
                        .withNamespace(namespace)
                        .withLabels(Labels.site())
                        .build())
                .withType("Opaque")
                .withData(data(authorities, now))
                .build();
    }

    private static Map<String, String> data(Authorities authorities, Instant now) {
        var entries = authorities.all().stream()
                .map(p -> {
                    var pem = p.authority().pem();
                    return new Entry(p.since().toString(), p.given(), pem.certificate(), pem.key());
                })
                .toList();
        try {
            return new TreeMap<>(Map.of(
                    ALL, Texts.base64(JSON.writeValueAsString(entries)),
                    CERTIFICATES, Texts.base64(String.join("", authorities.roots(now))),
                    SIGNER_KEY, Texts.base64(authorities.signer(now).pem().key())));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String required(Secret secret, String key) {
        return Texts.text(secret, key).orElseThrow(() -> unusable(secret, key, null));
    }

    private static IllegalArgumentException unusable(Secret secret, String key, @Nullable Exception cause) {
        return new IllegalArgumentException(
                "Secret " + secret.getMetadata().getName() + " has no '" + key
                        + "' that can be read: restore it, or delete the Secret to have a new one made",
                cause);
    }
}
