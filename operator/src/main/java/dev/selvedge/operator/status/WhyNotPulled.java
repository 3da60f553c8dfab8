package dev.selvedge.operator.status;

import java.util.List;
import java.util.regex.Pattern;

/** Why an image is not on the node. The kubelet says the same error in several forms in turn; this is what they share. */
final class WhyNotPulled {
    private static final Pattern NOISE = Pattern.compile(
            "^(Back-off pulling image \"[^\"]*\"(: )?|ErrImagePull: |rpc error: code = \\w+ desc = |"
                    + "failed to pull and unpack image (\"[^\"]*\": (?=failed))?|failed to resolve reference \"[^\"]*\": )+");

    private static final List<Phrase> PHRASES = List.of(
            Phrase.of("no match for platform|no matching manifest", "it is not made for this node's architecture"),
            Phrase.of(
                    "(?i)unauthorized|authentication required|authorization failed|access denied|denied:|403 Forbidden",
                    "the registry wants credentials, or there is no such image"),
            Phrase.of("x509:|tls: failed to verify", "the node does not trust the certificate of the registry"),
            Phrase.of(
                    "no such host|i/o timeout|connection refused|no route to host|network is unreachable|context deadline|TLS handshake timeout|server misbehaving",
                    "the node does not reach the registry"),
            Phrase.of("(?i)toomanyrequests|429 Too Many", "the registry lets no more pulls through for now"),
            Phrase.of("no space left on device", "the disk of the node is full"),
            Phrase.of("not found|manifest unknown|does not exist", "there is no such image"),
            Phrase.of(
                    "is not present with pull policy of Never", "it is not on the node, and imagePullPolicy is Never"));

    private WhyNotPulled() {}

    /** Empty, or words after a colon. */
    static String of(String message) {
        var error = NOISE.matcher(Phrase.steady(message)).replaceFirst("").strip();
        if (error.isEmpty()) {
            return "";
        }
        return ": "
                + Phrase.first(PHRASES, error)
                        .map(words -> words + " (" + error + ")")
                        .orElse(error);
    }
}
