package dev.selvedge.operator.status;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

import dev.selvedge.api.v1alpha1.Condition;
import dev.selvedge.api.v1alpha1.Reasons;
import org.jspecify.annotations.Nullable;

/** Turns findings into conditions: the worst on top, the others after it. */
public final class Conditions {
    /** Worst first. */
    private static final List<String> SEVERITY = List.of(
            Reasons.ERROR,
            Reasons.CONFLICT,
            Reasons.DEVICE_ID_CHANGED,
            Reasons.INVALID_POD_TEMPLATE,
            Reasons.POD_REJECTED,
            Reasons.IMAGE_PULL_BACK_OFF,
            Reasons.CRASH_LOOP_BACK_OFF,
            Reasons.SECRET_NOT_FOUND,
            Reasons.AUTHORITY_NOT_ISSUED,
            Reasons.ROLLED_BACK,
            Reasons.ROLLOUT_PAUSED,
            Reasons.STORE_FULL,
            Reasons.STORE_DAMAGED,
            Reasons.CERTIFICATE_EXPIRED,
            Reasons.CERTIFICATE_EXPIRING,
            Reasons.INVALID_ROUTE,
            Reasons.NO_HUB,
            Reasons.NO_NODE,
            Reasons.NO_MODULE,
            Reasons.WAITING_FOR_DEPENDENCY,
            Reasons.STORE_NEARLY_FULL,
            Reasons.DISCONNECTED,
            Reasons.HUB_NOT_READY,
            Reasons.PENDING,
            // what waits for its window, or is held, is up; what is Pending beside it may be down
            Reasons.WAITING_FOR_WINDOW,
            Reasons.ON_HOLD,
            Reasons.NODE_CORDONED,
            Reasons.NODE_UNREACHABLE,
            Reasons.STOPPED,
            Reasons.STORE_HAS_ROOM,
            Reasons.CERTIFICATE_VALID,
            Reasons.CONNECTED,
            Reasons.READY);

    private static final Set<String> GOOD =
            Set.of(Reasons.READY, Reasons.STORE_HAS_ROOM, Reasons.CONNECTED, Reasons.CERTIFICATE_VALID);

    private static final int MOST_MESSAGES = 3;
    private static final int MOST_NODES = 5;
    private static final int LONGEST = 1024;

    private Conditions() {}

    /**
     * One condition.
     *
     * @param earlier the conditions as they are: the transition time is kept while the status does not change
     * @param now RFC 3339
     */
    public static Condition of(
            String type, List<Finding> findings, long generation, @Nullable List<Condition> earlier, String now) {
        var worstFirst = findings.stream()
                .sorted(Comparator.comparingInt((Finding f) -> rank(f.reason()))
                        .thenComparing(f -> String.valueOf(f.node())))
                .toList();
        var reason =
                worstFirst.isEmpty() ? Reasons.PENDING : worstFirst.getFirst().reason();
        var message = worstFirst.isEmpty() ? "not looked at yet" : message(worstFirst);
        return Condition.of(type, status(reason), reason, message, generation).since(find(type, earlier), now);
    }

    /** The condition Ready. */
    public static Condition ready(
            List<Finding> findings, long generation, @Nullable List<Condition> earlier, String now) {
        return of(Condition.READY, findings, generation, earlier, now);
    }

    /** The condition Ready among others, or null. */
    public static @Nullable Condition ready(@Nullable List<Condition> conditions) {
        return find(Condition.READY, conditions);
    }

    /** The condition of a type among others, or null. */
    public static @Nullable Condition find(String type, @Nullable List<Condition> conditions) {
        return conditions == null
                ? null
                : conditions.stream()
                        .filter(c -> c.type().equals(type))
                        .findFirst()
                        .orElse(null);
    }

    /** Whether a reason says that all is well. */
    public static boolean good(String reason) {
        return GOOD.contains(reason);
    }

    /** Whether a reason is worth a warning. */
    public static boolean warns(String reason) {
        return switch (reason) {
            case Reasons.PENDING,
                    Reasons.STOPPED,
                    Reasons.NODE_CORDONED,
                    Reasons.ON_HOLD,
                    Reasons.WAITING_FOR_WINDOW,
                    Reasons.WAITING_FOR_DEPENDENCY,
                    Reasons.HUB_NOT_READY -> false;
            default -> !good(reason);
        };
    }

    /**
     * Whether people are to hear of a change of a condition.
     *
     * @param toldElsewhere reasons that another object tells of: neither they are news, nor that all is well after them
     */
    public static boolean news(@Nullable Condition before, Condition now, Set<String> toldElsewhere) {
        if (toldElsewhere.contains(now.reason())) {
            return false;
        }
        if (before == null) {
            return now.type().equals(Condition.READY) || warns(now.reason());
        }
        if (toldElsewhere.contains(before.reason()) && good(now.reason())) {
            return false;
        }
        return !before.reason().equals(now.reason()) || !before.status().equals(now.status());
    }

    /** An unreachable node is not False: what runs there goes on, we only cannot see it. */
    private static String status(String reason) {
        return switch (reason) {
            case Reasons.READY,
                    Reasons.CONNECTED,
                    Reasons.CERTIFICATE_VALID,
                    Reasons.CERTIFICATE_EXPIRING,
                    Reasons.STORE_NEARLY_FULL -> Condition.TRUE;
            case Reasons.NODE_UNREACHABLE, Reasons.HUB_NOT_READY, Reasons.ERROR -> Condition.UNKNOWN;
            default -> Condition.FALSE;
        };
    }

    private static int rank(String reason) {
        var rank = SEVERITY.indexOf(reason);
        return rank < 0 ? 0 : rank;
    }

    private static String message(List<Finding> worstFirst) {
        var worst = worstFirst.getFirst().reason();
        var nodesOf = new LinkedHashMap<Finding, TreeSet<String>>();
        for (var finding : worstFirst) {
            if (good(finding.reason()) && !good(worst)) {
                continue;
            }
            var nodes = nodesOf.computeIfAbsent(
                    new Finding(null, finding.reason(), finding.message()), _ -> new TreeSet<>());
            if (finding.node() != null) {
                nodes.add(finding.node());
            }
        }
        var text = nodesOf.entrySet().stream()
                .limit(MOST_MESSAGES)
                .map(entry -> said(entry.getValue(), entry.getKey().message()))
                .collect(Collectors.joining("; "));
        var more = nodesOf.size() - MOST_MESSAGES;
        return cut(more > 0 ? text + "; and " + more + " more" : text);
    }

    private static String said(Set<String> nodes, String message) {
        if (nodes.isEmpty()) {
            return message;
        }
        var names = nodes.stream().limit(MOST_NODES).collect(Collectors.joining(", "));
        var more = nodes.size() - MOST_NODES;
        return names + (more > 0 ? " and " + more + " more nodes" : "") + ": " + message;
    }

    private static String cut(String text) {
        return text.length() <= LONGEST ? text : text.substring(0, LONGEST - 1) + "…";
    }
}
