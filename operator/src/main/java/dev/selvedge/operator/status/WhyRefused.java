package dev.selvedge.operator.status;

import java.util.List;
import java.util.regex.Pattern;

/** Who does not let a pod be created, and what it does not allow. */
final class WhyRefused {
    private static final Pattern NOISE =
            Pattern.compile("^(create Pod \\S+ in StatefulSet \\S+ failed error|Error creating): "
                    + "(pods \"[^\"]*\" is forbidden: )?");

    private static final List<Phrase> PHRASES = List.of(
            Phrase.of(
                    "(?s)violates PodSecurity \"([^:\"]+)[^\"]*\": (.*)",
                    "Pod Security '%s' of the namespace does not allow: %s"),
            Phrase.of(
                    "exceeded quota: (\\S+), requested: (.+?), used: .+, limited: (.+)",
                    "ResourceQuota '%s' of the namespace has no room: it wants %s, the limit is %s"),
            Phrase.of(
                    "failed quota: (\\S+): must specify (.+)",
                    "ResourceQuota '%s' of the namespace wants to know more: set %s in spec.podTemplate"),
            Phrase.of("serviceaccount \"([^\"]+)\" not found", "ServiceAccount '%s' does not exist"),
            Phrase.of("no PriorityClass with name (\\S+) was found", "PriorityClass '%s' does not exist"),
            Phrase.of(
                    "(?s)admission webhook \"([^\"]+)\" denied the request:? ?(.*)",
                    "admission webhook '%s' says: %s"));

    private WhyRefused() {}

    static String of(String message) {
        var plain = NOISE.matcher(Phrase.steady(message)).replaceFirst("");
        return Phrase.first(PHRASES, plain).orElse(plain);
    }
}
