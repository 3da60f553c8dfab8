package dev.selvedge.operator.status;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.regex.Pattern;

/** Why the scheduler finds no place on the one node that a pod may run on; what it says of other nodes is left out. */
final class WhyUnscheduled {
    private static final Pattern PREEMPTION =
            Pattern.compile("[.,]? ?(no new claims to deallocate, ?)?preemption: .*$", Pattern.DOTALL);
    private static final Pattern NODES = Pattern.compile("^\\d+/\\d+ nodes are available: ");
    private static final Pattern COUNT = Pattern.compile("^\\d+ (node\\(s\\) )?");
    private static final String ELSEWHERE = "didn't match Pod's node affinity/selector";

    private static final String CORDONED = "the node is cordoned";

    private static final List<Phrase> PHRASES = List.of(
            Phrase.of("^(?:Insufficient|Too many) pods", "the node runs as many pods as it may"),
            Phrase.of("^Insufficient (\\S+)", "the node has too little free %s"),
            Phrase.of("were unschedulable", CORDONED),
            Phrase.of(
                    "had untolerated taint(?:\\(s\\))? \\{([^:}]+): ?}",
                    "the node has the taint %s, which it does not tolerate"),
            Phrase.of(
                    "had untolerated taint(?:\\(s\\))? \\{([^:}]+): ([^}]+)}",
                    "the node has the taint %s=%s, which it does not tolerate"),
            Phrase.of("had untolerated taint\\(s\\)", "the node has a taint that it does not tolerate"),
            Phrase.of("had volume node affinity conflict", "its volume lies on another node"),
            Phrase.of("didn't have free ports", "a host port that it wants is taken on the node"),
            Phrase.of("didn't find available persistent volumes", "no volume fits its claim"),
            Phrase.of(
                    "unbound immediate PersistentVolumeClaims",
                    "its volume claim is not bound: no StorageClass that exists is named, and none is the default"),
            Phrase.of("persistentvolumeclaim \"([^\"]+)\" not found", "its volume claim '%s' does not exist"),
            Phrase.of(ELSEWHERE, "no node has the label kubernetes.io/hostname that it was made for"));

    private WhyUnscheduled() {}

    /** Whether nothing else is said than that the node is cordoned. */
    static boolean cordoned(String message) {
        return of(message).equals(CORDONED);
    }

    static String of(String message) {
        var verdict =
                NODES.matcher(PREEMPTION.matcher(message).replaceFirst("")).replaceFirst("");
        var reasons = List.of(verdict.replaceFirst("\\.$", "").split(", (?=\\d+ )", -1));
        var here =
                reasons.stream().filter(reason -> !reason.contains(ELSEWHERE)).toList();
        var said = new LinkedHashSet<String>();
        for (var reason : here.isEmpty() ? reasons : here) {
            var plain = COUNT.matcher(reason).replaceFirst("");
            said.add(Phrase.first(PHRASES, plain).orElse(plain));
        }
        return String.join("; ", said);
    }
}
