package dev.selvedge.operator.rollout;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

import dev.selvedge.api.v1alpha1.Reasons;
import dev.selvedge.operator.render.Hold;
import dev.selvedge.operator.status.Finding;

/**
 * Decides, from all instances of one object as they are at one moment, which of them are changed now and what the others wait for. As many are changed
 * as may be down, in the maintenance window, and none while one is late. One that came up counts as down until it has stayed up for {@link #SETTLED}: a
 * program that ends again and again is ready for a moment each time. One whose node does not answer neither counts nor is changed; when its node is back it
 * takes its turn.
 *
 * <p>One that is down for other reasons waits for its turn, too, for it may only be restarting, and a change that does not run must not reach a site by its power
 * cuts. It needs no other place than the one that it takes, only that not too many others are down with the change. When it was down for the whole time
 * that a change may take, nothing is lost by it, and it is changed at once.
 *
 * <p>One that waits for its turn is changed only when the images of the change are on its node. As many nodes pull at once as instances may be down, in the
 * window or not, and none begins while one is late. An instance that runs and whose images are not there in time is late, too.
 */
public final class Rollout {
    /** How long an instance must be up before the next one is changed. */
    public static final Duration SETTLED = Duration.ofSeconds(10);

    private static final Duration FAR = Duration.ofMinutes(10);

    private final List<Instance> instances;
    private final Strategy strategy;
    private final Instant now;
    private final Set<String> goes = new HashSet<>();
    private final Set<String> pulls = new HashSet<>();
    private final Map<String, Finding> waits = new HashMap<>();

    /**
     * Decides.
     *
     * @param instances those that are there; the first are changed first
     */
    public Rollout(List<Instance> instances, Strategy strategy, Instant now) {
        this.instances = List.copyOf(instances);
        this.strategy = strategy;
        this.now = now;
        decide();
    }

    private void decide() {
        var outdated = instances.stream().filter(Instance::outdated).toList();
        var turns = new ArrayList<Instance>();
        for (var instance : outdated) {
            if (strategy.held()) {
                waits(
                        instance,
                        Reasons.ON_HOLD,
                        "the change waits while the annotation " + Hold.ANNOTATION + " is there");
            } else if (!instance.reachable()) {
                waits(instance, Reasons.NODE_UNREACHABLE, "it gets the change when the node is back");
            } else {
                turns.add(instance);
            }
        }
        var late = late();
        turns.stream().filter(this::downForLong).map(Instance::node).forEach(goes::add);
        turns.removeIf(instance -> goes(instance.node()));
        pull(outdated, turns, late.isEmpty());
        change(turns, late);
    }

    private boolean downForLong(Instance instance) {
        return !instance.up() && watchedLong(instance);
    }

    /** What was begun goes on. */
    private void pull(List<Instance> outdated, List<Instance> turns, boolean more) {
        if (strategy.held()) {
            return;
        }
        outdated.stream().filter(i -> i.pull().begun() != null).forEach(i -> pulls.add(i.node()));
        var places = strategy.maxUnavailable()
                - turns.stream().filter(i -> i.pull().goesOn()).count();
        turns.stream()
                .filter(i -> more && i.pull().equals(Pull.DUE))
                .limit(Math.max(0, places))
                .forEach(i -> pulls.add(i.node()));
    }

    private void change(List<Instance> turns, List<String> late) {
        var window = strategy.window();
        var down = instances.stream().filter(this::counts).count();
        var changing = instances.stream()
                .filter(i -> counts(i) && (!i.outdated() || goes(i.node())))
                .count();
        for (var instance : turns) {
            var orLater = instance.up() ? "" : ", or until it was down for all of progressDeadline";
            var others = instance.up() ? down - (counts(instance) ? 1 : 0) : changing;
            if (pulls(instance.node()) && !instance.pull().done()) {
                waits(
                        instance,
                        Reasons.PENDING,
                        "the change waits until its image is pulled"
                                + (instance.up() ? "; what ran before goes on meanwhile" : ""));
            } else if (!late.isEmpty()) {
                waits(
                        instance,
                        Reasons.ROLLOUT_PAUSED,
                        "keeps what it has: the instance on " + String.join(", ", late)
                                + " was not ready in time; mend that one or change the spec" + orLater);
            } else if (window != null && !window.open(now)) {
                waits(
                        instance,
                        Reasons.WAITING_FOR_WINDOW,
                        "the change waits for the maintenance window, which opens on "
                                + window.text(window.at(now).from()) + orLater);
            } else if (instance.pull().done() && others < strategy.maxUnavailable()) {
                down += counts(instance) ? 0 : 1;
                changing++;
                goes.add(instance.node());
            } else {
                waits(instance, Reasons.PENDING, "the change waits until other nodes have it" + orLater);
            }
        }
    }

    private void waits(Instance instance, String reason, String message) {
        waits.put(instance.node(), new Finding(instance.node(), reason, message));
    }

    /** Whether the instance on a node is to be changed now. */
    public boolean goes(String node) {
        return goes.contains(node);
    }

    /** Whether a node is to pull the images of its change now, or keep what it has pulled until the change. */
    public boolean pulls(String node) {
        return pulls.contains(node) && !goes(node);
    }

    /** What a change of the instance on a node waits for; empty when none waits. */
    public Optional<Finding> waits(String node) {
        return Optional.ofNullable(waits.get(node));
    }

    /**
     * The nodes that answer and whose instances have what is asked for, or are held, and are not there in time; and those whose images are not. One that is
     * late stays so until it has stayed up. One that is changed now has its time before it.
     */
    public List<String> late() {
        return instances.stream().filter(this::isLate).map(Instance::node).toList();
    }

    private boolean isLate(Instance instance) {
        if (!instance.reachable() || goes(instance.node())) {
            return false;
        }
        if (pulling(instance)) {
            return !deadline(instance).isAfter(now);
        }
        if (instance.outdated() && !strategy.held()) {
            return false;
        }
        return instance.up()
                ? counts(instance) && watchedLong(instance)
                : !deadline(instance).isAfter(now);
    }

    private boolean watchedLong(Instance instance) {
        return instance.watched().compareTo(strategy.progressDeadline()) >= 0;
    }

    /**
     * Those of them that were watched for as long: what is for good does not happen for a time stamp, which may be by a clock that is wrong, or older than
     * what it is about.
     */
    public List<String> failed() {
        return instances.stream()
                .filter(i -> isLate(i) && watchedLong(i) && (!i.up() || pulling(i)))
                .map(Instance::node)
                .toList();
    }

    /** Whether all instances whose nodes answer are what is asked for, and stay up. */
    public boolean finished() {
        return instances.stream().filter(Instance::reachable).noneMatch(i -> i.outdated() || counts(i));
    }

    /** When to decide anew though nothing happens meanwhile. */
    public Optional<Instant> nextLook() {
        return Stream.concat(
                        instances.stream().filter(Instance::reachable).flatMap(this::turns), windowTurns().stream())
                .filter(moment -> moment.isAfter(now))
                .min(Comparator.naturalOrder());
    }

    private Stream<Instant> turns(Instance instance) {
        if (instance.up() && !pulling(instance)) {
            return Stream.of(instance.settles());
        }
        var late = Stream.of(
                deadline(instance), now.plus(strategy.progressDeadline()).minus(instance.watched()));
        return instance.up() ? Stream.concat(late, Stream.of(instance.settles())) : late;
    }

    /** When the window opens or closes, if a change waits; not far ahead, because clocks are set. */
    private Optional<Instant> windowTurns() {
        var window = strategy.window();
        if (window == null || waits.isEmpty()) {
            return Optional.empty();
        }
        var span = window.at(now);
        var turns = span.contains(now) ? span.until() : span.from();
        var soon = now.plus(FAR);
        return Optional.of(turns.isBefore(soon) ? turns : soon);
    }

    /** Whether an instance takes one of the places of those that may be down. */
    private boolean counts(Instance instance) {
        return instance.reachable() && (!instance.up() || instance.settles().isAfter(now));
    }

    /** Whether an instance that runs waits for its node to pull. */
    private boolean pulling(Instance instance) {
        return instance.pulling() && !strategy.held();
    }

    private Instant deadline(Instance instance) {
        var begun = instance.pull().begun();
        var since = pulling(instance) && begun != null ? begun : instance.since();
        return (goes(instance.node()) ? now : since).plus(strategy.progressDeadline());
    }
}
