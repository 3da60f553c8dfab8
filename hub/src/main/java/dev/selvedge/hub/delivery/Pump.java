package dev.selvedge.hub.delivery;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

import dev.selvedge.hub.async.Stages;
import dev.selvedge.hub.delivery.Receiver.RejectedException;
import dev.selvedge.hub.delivery.Receiver.ReturnedException;
import dev.selvedge.hub.message.Message;
import dev.selvedge.hub.message.MessageCodec;
import dev.selvedge.hub.store.EndpointQueue;
import dev.selvedge.hub.store.QueuedRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves the messages of one endpoint: polls its queue, sends within the receiver's window, and lets the store forget what was taken. After a
 * failure everything unanswered is sent again, in order, after a pause that doubles.
 *
 * <p>What is handed out and not settled is in memory, so beside the window there is a bound in bytes: {@value #MOST_BYTES} for each pump, and what
 * {@link HeldBytes} allows all of them together. Whoever holds nothing may have one, whatever its size.
 *
 * <p>What the receiver rejects goes into quarantine at once. A message that the same receiver returns {@value #TRIES} times is under suspicion, and
 * another one is tried instead: the first of another source, or the next one when there is no other source among the next {@value #PROBES} (fewer,
 * where they are large). When that is not taken, it is the receiver, and everything waits. When it is, the suspect is tried a last time, for the
 * receiver may just have come to itself (only then, and only when all that waits is of one source, a message has overtaken one of its own source);
 * if it is returned once more, it goes into quarantine too, and from then on one return is enough to suspect a message of that source, until one of
 * its messages is taken. What did not arrive was not refused: a time-out, a cut link or a receiver that went away counts for nothing.
 *
 * <p>What the disk does not take into quarantine waits here until it does, and up to {@value #MOST_BEHIND} that are behind it go on
 * meanwhile: what is taken behind it comes again when all starts over. All of it happens on the executor's one thread.
 */
final class Pump {
    private static final Logger LOG = LoggerFactory.getLogger(Pump.class);
    private static final int MAX_POLL_BYTES = 1 << 20;
    private static final int TRIES = 5;
    private static final int PROBES = 64;
    /** With less there would be nothing to try in place of a large suspect. */
    private static final int LEAST_PROBED_BYTES = 2 * Message.MAX_BYTES;

    /** As many as the upstream's window has of messages of 32 KiB, and half of what all pumps may hold. */
    private static final int MOST_BYTES = 4 << 20;

    /** Each comes again when all starts over before the disk has taken it. */
    private static final int MOST_REFUSED = 16;
    /** Fewer than the probes: when all starts over they come again, and a suspect must be found among what comes then. */
    private static final int MOST_BEHIND = 48;

    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(60);

    private final EndpointQueue queue;
    private final ScheduledExecutorService executor;
    private final Duration firstPause;
    private final HeldBytes all;
    private final Deque<QueuedRecord> ready = new ArrayDeque<>();
    private @Nullable Receiver receiver;
    private int inFlight;
    /** Bytes of payload that were handed out and are not settled. */
    private long held;

    private int failures;
    private boolean pausing;
    /** Answers to sends of an earlier attempt mean nothing any more. */
    private long attempt;

    /** What was returned last, and how often. */
    private @Nullable QueuedRecord suspect;

    /** Of the suspect, without an answer of the receiver to anything else between them. */
    private int refusals;
    /** Of the suspect. */
    private int returns;
    /** The suspect, while another message is tried instead. */
    private @Nullable QueuedRecord aside;
    /** The suspect, while it is tried a last time. */
    private @Nullable QueuedRecord onTrial;

    /** On their way into quarantine. */
    private int refused;
    /** Were taken since something is. */
    private int behind;

    /** Sources whose last message went into quarantine after a trial. */
    private final Set<Integer> convicted = new HashSet<>();

    Pump(EndpointQueue queue, ScheduledExecutorService executor, Duration firstPause, HeldBytes all) {
        this.queue = queue;
        this.executor = executor;
        this.firstPause = firstPause;
        this.all = all;
        queue.onAvailable(this::stepSoon);
    }

    void attach(Receiver newReceiver) {
        execute(() -> {
            startOver();
            queue.begin();
            receiver = newReceiver;
            failures = 0;
            acquit();
            convicted.clear();
            pausing = false;
            step();
        });
    }

    void detach(Receiver oldReceiver) {
        execute(() -> {
            if (oldReceiver.equals(receiver)) {
                startOver();
                receiver = null;
            }
        });
    }

    /** There may be something to send now that was not there, or had no room. */
    void stepSoon() {
        execute(this::step);
    }

    private void startOver() {
        attempt++;
        inFlight = 0;
        aside = null;
        onTrial = null;
        refused = 0;
        behind = 0;
        ready.clear();
        giveBack(held);
        queue.rewind();
    }

    private void step() {
        var to = receiver;
        if (to == null || pausing) {
            return;
        }
        try {
            // after a failure one at a time, until one is taken: nothing overtakes the one that was refused
            var window = failures > 0 || aside != null || onTrial != null ? 1 : to.window();
            while (inFlight < window && !pausing && mayGoOn()) {
                if (ready.isEmpty()) {
                    poll(window - inFlight);
                }
                var record = ready.isEmpty() ? aloneAfterAll() : ready.poll();
                if (record == null) {
                    return;
                }
                if (!queue.expire(record)) {
                    send(to, record);
                    continue;
                }
                giveBack(record.bytes());
                if (isSuspect(record)) {
                    acquit();
                }
            }
        } catch (IOException e) {
            LOG.error("stored messages cannot be read: endpoint={}", queue.endpoint(), e);
            pause();
        }
    }

    /** Whether not too much waits for the disk, or goes on behind what does. */
    private boolean mayGoOn() {
        return refused == 0 || (refused < MOST_REFUSED && behind + inFlight < MOST_BEHIND);
    }

    private void poll(int count) throws IOException {
        var doubts = refusals >= TRIES;
        var room = room(doubts ? LEAST_PROBED_BYTES : 1);
        if (room == 0) {
            return;
        }
        for (var record : queue.poll(doubts ? PROBES : count, room)) {
            held += record.bytes();
            all.take(record.bytes());
            ready.add(record);
        }
        if (!doubts) {
            return;
        }
        ready.stream().filter(this::isSuspect).findFirst().ifPresentOrElse(this::putAside, this::acquit);
    }

    /**
     * How many bytes may be asked for now. At 0, what this pump holds makes room when it is settled; what others hold, too, when that is in the way.
     *
     * @param least for a pump that holds nothing
     */
    private int room(int least) {
        if (held > 0 && all.room() <= 0) {
            all.await(this);
        }
        return Math.clamp(Math.min(MOST_BYTES - held, all.room()), held > 0 ? 0 : least, MAX_POLL_BYTES);
    }

    private void giveBack(long bytes) {
        held -= bytes;
        all.giveBack(bytes);
    }

    private void putAside(QueuedRecord doubted) {
        aside = doubted;
        ready.remove(doubted);
        ready.stream().filter(doubted::isOfAnotherSource).findFirst().ifPresent(probe -> {
            ready.remove(probe);
            ready.addFirst(probe);
        });
    }

    /** The suspect, when there is nothing left to try in its place. */
    private @Nullable QueuedRecord aloneAfterAll() {
        var alone = aside;
        aside = null;
        return alone;
    }

    private boolean isSuspect(QueuedRecord record) {
        return suspect != null && suspect.priority() == record.priority() && suspect.sequence() == record.sequence();
    }

    private void send(Receiver to, QueuedRecord record) {
        Message message;
        try {
            message = MessageCodec.decode(record.payload());
            record.letGoOfPayload();
        } catch (IllegalArgumentException e) {
            LOG.error("stored message cannot be decoded and is dropped: endpoint={}", queue.endpoint(), e);
            queue.reject(record, "undecodable");
            giveBack(record.bytes());
            return;
        }
        inFlight++;
        var sentIn = attempt;
        var delivery = new Delivery(
                message, record.priority(), record.sequence(), record.storedAtMillis(), record.expiresAtMillis());
        answer(to, delivery).whenComplete((_, failure) -> execute(() -> answered(sentIn, record, failure)));
    }

    private static CompletionStage<Void> answer(Receiver to, Delivery delivery) {
        try {
            return to.send(delivery);
        } catch (RuntimeException e) {
            LOG.error("a receiver cannot send a message", e);
            return CompletableFuture.failedFuture(new ReturnedException(e.toString()));
        }
    }

    private void answered(long sentIn, QueuedRecord record, @Nullable Throwable failure) {
        if (sentIn != attempt) {
            return;
        }
        inFlight--;
        var cause = failure == null ? null : Stages.cause(failure);
        switch (cause) {
            case null -> {
                failures = 0;
                behind += refused > 0 ? 1 : 0;
                queue.acknowledge(record);
                giveBack(record.bytes());
                taken(record);
                step();
            }
            case RejectedException rejected -> {
                quarantine(record, String.valueOf(rejected.getMessage()));
                step();
            }
            case ReturnedException returned -> returned(record, String.valueOf(returned.getMessage()));
            default -> {
                if (record.equals(onTrial)) {
                    // it is not decided: the next time it comes first again
                    refusals = TRIES - 1;
                }
                sendAgain(cause.toString());
            }
        }
    }

    private void returned(QueuedRecord record, String reason) {
        if (record.equals(onTrial)) {
            convicted.add(record.source());
            quarantine(record, "it was returned " + (returns + 1) + " times, and others were not: " + reason);
            acquit();
            step();
            return;
        }
        doubt(record);
        sendAgain(reason);
    }

    private void sendAgain(String reason) {
        LOG.info("message not taken, it will be sent again: endpoint={} reason={}", queue.endpoint(), reason);
        pause();
    }

    /** The record was returned. If it was tried in place of another one, that one is not to blame. */
    private void doubt(QueuedRecord record) {
        if (aside != null) {
            refusals = 0;
        } else if (isSuspect(record)) {
            refusals++;
            returns++;
        } else {
            suspect = record;
            refusals = convicted.contains(record.source()) ? TRIES : 1;
            returns = 1;
        }
    }

    /** A record was taken. If it was tried in place of another one, the other one gets its last chance. */
    private void taken(QueuedRecord record) {
        convicted.remove(record.source());
        if (aside != null) {
            onTrial = aside;
            ready.addFirst(aside);
            aside = null;
        } else if (record.equals(onTrial)) {
            acquit();
        }
    }

    private void acquit() {
        onTrial = null;
        suspect = null;
        refusals = 0;
    }

    private void quarantine(QueuedRecord record, String reason) {
        LOG.warn("message put into quarantine: endpoint={} reason={}", queue.endpoint(), reason);
        refused++;
        quarantine(record, reason, 0);
    }

    /** @param failed how often it was tried before */
    private void quarantine(QueuedRecord record, String reason, int failed) {
        var sentIn = attempt;
        queue.quarantine(record, reason)
                .whenComplete((_, failure) -> execute(() -> {
                    if (sentIn != attempt) {
                        return;
                    }
                    if (failure == null) {
                        quarantined(record);
                        return;
                    }
                    LOG.error(
                            "message not put into quarantine, it will be tried again: endpoint={}",
                            queue.endpoint(),
                            failure);
                    after(pauseMillis(failed), () -> quarantine(record, reason, failed + 1));
                }));
    }

    private void quarantined(QueuedRecord record) {
        giveBack(record.bytes());
        refused--;
        behind = refused == 0 ? 0 : behind;
        step();
    }

    private void pause() {
        startOver();
        pausing = true;
        after(pauseMillis(failures++), () -> {
            pausing = false;
            step();
        });
    }

    /** How long to wait after so many failures. */
    private long pauseMillis(int failed) {
        return Math.min(firstPause.toMillis() << Math.min(failed, 10), LONGEST_PAUSE.toMillis());
    }

    /** Later, if nothing is started over until then. */
    private void after(long millis, Runnable work) {
        var startedIn = attempt;
        executor.schedule(
                () -> {
                    if (startedIn == attempt) {
                        work.run();
                    }
                },
                millis,
                TimeUnit.MILLISECONDS);
    }

    private void execute(Runnable work) {
        try {
            executor.execute(work);
        } catch (RejectedExecutionException _) {
            // the hub stops: what was not acknowledged stays in the store
        }
    }
}
