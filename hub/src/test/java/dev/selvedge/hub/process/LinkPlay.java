package dev.selvedge.hub.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import dev.selvedge.hub.tls.TestCertificates;
import org.awaitility.Awaitility;

/**
 * A hub, its broker and modules that publish, and between hub and broker a link that has one profile after another. {@link #main} lets several of
 * them play at once, in the network namespace it is started in, which has to be its own.
 */
final class LinkPlay implements Callable<List<LinkPlay.Outcome>> {
    private static final Duration LENGTH = Duration.ofHours(1);
    private static final Duration PATIENCE = Duration.ofMinutes(10);
    private static final List<String> MODULES = List.of("a", "b");
    /** Below what a broker that takes 20 unanswered messages can take by satellite. */
    private static final int PER_SECOND = 10;

    private final int number;
    private final List<LinkProfile> profiles;
    private final Path folder;
    private final int scale;

    private LinkPlay(int number, List<LinkProfile> profiles, Path folder, int scale) {
        this.number = number;
        this.profiles = profiles;
        this.folder = folder;
        this.scale = scale;
    }

    /**
     * Prints a line for each profile, and fails if a message was lost.
     *
     * @param arguments a folder, how many times faster than in the plan the links come and go, and how many hubs share the profiles
     */
    public static void main(String[] arguments) throws Exception {
        Thread.setDefaultUncaughtExceptionHandler((_, failure) -> {
            failure.printStackTrace();
            Runtime.getRuntime().halt(1);
        });
        Link.ip("link", "set", "lo", "up");
        var hubs = Integer.parseInt(arguments[2]);
        var threads = Executors.newCachedThreadPool(
                Thread.ofPlatform().daemon().name("play-", 0).factory());
        var plays = new ArrayList<Future<List<Outcome>>>();
        for (var hub = 0; hub < hubs; hub++) {
            var number = hub;
            var profiles = Arrays.stream(LinkProfile.values())
                    .filter(profile -> profile.ordinal() % hubs == number)
                    .toList();
            var folder = Path.of(arguments[0]).resolve("hub" + number);
            plays.add(threads.submit(new LinkPlay(number, profiles, folder, Integer.parseInt(arguments[1]))));
        }
        for (var play : plays) {
            play.get().forEach(outcome -> System.out.println(outcome.line()));
        }
        // some clients leave threads behind
        System.exit(0);
    }

    @Override
    public List<Outcome> call() throws Exception {
        var port = Mosquitto.freePort();
        var link = new Link(number, port);
        TestCertificates.forAddress(folder.resolve("server"), link.far());
        try (var broker = broker(link, port);
                var ledger = new Ledger(broker.port());
                var hub = hub(manifests(link, port));
                var sources = Publishers.start(hub, MODULES, 1, PER_SECOND)) {
            await("the first message", () -> sources.arrived(ledger) > 0);
            var outcomes = new ArrayList<Outcome>();
            for (var profile : profiles) {
                var arrived = sources.arrived(ledger);
                var repeated = ledger.repeated();
                link.quality(profile.quality());
                var resumed = play(profile, link, ledger);
                outcomes.add(
                        new Outcome(profile, sources.arrived(ledger) - arrived, ledger.repeated() - repeated, resumed));
            }
            sources.stop();
            sources.assertArrived(ledger, hub);
            return outcomes;
        }
    }

    /** Returns how long it took each time after the link's return until something arrived. */
    private List<Duration> play(LinkProfile profile, Link link, Ledger ledger) throws InterruptedException {
        var resumed = new ArrayList<Duration>();
        var end = Instant.now().plus(LENGTH.dividedBy(scale));
        if (profile.off().isZero()) {
            Thread.sleep(LENGTH.dividedBy(scale));
        }
        while (!profile.off().isZero() && Instant.now().isBefore(end)) {
            link.cut(true);
            Thread.sleep(profile.off().dividedBy(scale));
            ledger.watch();
            link.cut(false);
            Thread.sleep(profile.on().dividedBy(scale));
            await("messages after an outage, " + profile, () -> ledger.resumed().isPresent());
            resumed.add(ledger.resumed().orElseThrow());
        }
        return resumed;
    }

    private Mosquitto broker(Link link, int port) throws Exception {
        return new Mosquitto(folder.resolve("broker"), Mosquitto.freePort(), """
                listener %d %s
                allow_anonymous true
                certfile %s
                keyfile %s
                """.formatted(
                        port, link.near(), folder.resolve("server/tls.crt"), folder.resolve("server/tls.key")));
    }

    /** One after another: several at once would be slow to start on a small machine. */
    private HubProcess hub(String manifests) throws IOException {
        synchronized (LinkPlay.class) {
            return new HubProcess(folder, manifests, List.of());
        }
    }

    private String manifests(Link link, int port) throws Exception {
        var url = "mqtts://" + link.far() + ":" + port;
        return new UplinkSite("{mqtt: {url: \"" + url + "\", secretRef: {name: broker}}}", MODULES).manifests() + """
                ---
                apiVersion: v1
                kind: Secret
                metadata: {name: broker}
                stringData:
                  ca.crt: |
                """
                + Files.readString(folder.resolve("server/tls.crt")).indent(4);
    }

    private void await(String what, Callable<Boolean> condition) {
        Awaitility.await("hub " + number + ": " + what)
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(20))
                .until(condition);
    }

    /** What became of one profile. */
    record Outcome(LinkProfile profile, int messages, int repeated, List<Duration> resumed) {

        /** {@code profile messages repeated resumed…}, the last in milliseconds. */
        String line() {
            var line = new StringBuilder("outcome %s %d %d".formatted(profile, messages, repeated));
            resumed.forEach(after -> line.append(' ').append(after.toMillis()));
            return line.toString();
        }

        static Outcome of(String line) {
            var words = line.split(" ");
            return new Outcome(
                    LinkProfile.valueOf(words[1]),
                    Integer.parseInt(words[2]),
                    Integer.parseInt(words[3]),
                    List.of(words).subList(4, words.length).stream()
                            .map(millis -> Duration.ofMillis(Long.parseLong(millis)))
                            .toList());
        }
    }
}
