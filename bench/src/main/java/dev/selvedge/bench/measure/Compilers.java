package dev.selvedge.bench.measure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import dev.selvedge.bench.load.Crowd;
import dev.selvedge.bench.report.Section;
import dev.selvedge.bench.report.Statistics;
import dev.selvedge.bench.report.Table;
import dev.selvedge.bench.report.Text;
import dev.selvedge.bench.server.Cgroup;
import dev.selvedge.bench.server.Footprint;
import dev.selvedge.bench.server.Hub;
import dev.selvedge.bench.server.HubProgram;
import dev.selvedge.bench.server.Site;

/** What the second compiler costs in memory and brings in speed, and a way between. */
public final class Compilers implements Measurement {
    private static final List<Load> LOADS =
            List.of(new Load(1, 256, 1), new Load(16, 256, 1), new Load(128, 256, 1), new Load(16, 4096, 32));
    private static final double QUIET_SECONDS = 6;

    private record Load(int publishers, int payloadBytes, int inFlight) {}

    @Override
    public Section measure(Lab lab) throws IOException {
        var image = lab.hub();
        var ciphers = lab.fresh("directives").resolve("c2-for-ciphers.json");
        directives(ciphers);
        var candidates = new ArrayList<Candidate>();
        try {
            candidates.add(new Candidate("C1 alone", lab, image.firstCompilerAlone()));
            candidates.add(new Candidate("C1, and C2 for ciphers alone", lab, image.withDirectives(ciphers)));
            candidates.add(new Candidate("C1 and C2", lab, image));
            return compare(lab, candidates);
        } finally {
            for (var candidate : candidates) {
                candidate.close();
            }
        }
    }

    private static void directives(Path file) throws IOException {
        try (var in = Compilers.class.getResourceAsStream("c2-for-ciphers.json")) {
            if (in == null) {
                throw new IOException("c2-for-ciphers.json is missing in the jar");
            }
            Files.write(file, in.readAllBytes());
        }
    }

    private static Section compare(Lab lab, List<Candidate> candidates) throws IOException {
        Lab.rest(QUIET_SECONDS);
        for (var candidate : candidates) {
            candidate.remember(candidate.memory());
            Lab.warmUp(candidate.hub);
        }
        for (var load : LOADS) {
            for (int round = 0; round <= lab.rounds(); round++) {
                for (var candidate : candidates) {
                    Lab.settle();
                    candidate.run(load, lab.seconds(), round > 0);
                }
            }
            for (var candidate : candidates) {
                candidate.rememberMedian();
            }
        }
        Lab.rest(QUIET_SECONDS);
        var table = new Table(
                "compilers", "idle MiB", "1 × 256 B", "16 × 256 B", "128 × 256 B", "16 × 32 × 4 KiB", "loaded MiB");
        for (var candidate : candidates) {
            candidate.remember(candidate.memory());
            table.row(candidate.cells.toArray(String[]::new));
        }
        return new Section("One compiler or two", """
                The image's flags, which let both compilers work, beside the first one alone, and the second one kept to the packages of ciphers: only it
                uses the processor's instructions for AES and GHASH. Acknowledged messages a second in the same interleaved rounds, publishers × in flight ×
                payload, and the working set before and after. See [decision 5](decisions/0005-memory-of-the-hub.md).
                """, table);
    }

    /** A hub with some flags. */
    private static final class Candidate {
        private final Optional<Cgroup> group;
        private final Hub hub;
        private final List<String> cells = new ArrayList<>();
        private final List<Double> rates = new ArrayList<>();

        Candidate(String name, Lab lab, HubProgram program) throws IOException {
            cells.add(name);
            group = Cgroup.make("compilers-" + Integer.toHexString(name.hashCode()), 0);
            hub = lab.hub(
                    program,
                    Site.queueing(
                            LOADS.stream().mapToInt(Load::publishers).max().orElse(1)),
                    group,
                    Map.of());
        }

        void run(Load load, double seconds, boolean counts) throws IOException {
            try (var crowd = new Crowd(load.publishers, load.payloadBytes, hub::publisher)) {
                var rate = crowd.publish(load.inFlight, seconds).perSecond();
                if (counts) {
                    rates.add(rate);
                }
            }
        }

        void rememberMedian() {
            remember(Text.count(Statistics.median(rates)));
            rates.clear();
        }

        void remember(String cell) {
            cells.add(cell);
        }

        String memory() throws IOException {
            return Text.mebibytes(group.isPresent() ? group.get().workingSet() : Footprint.pss(hub.pid()));
        }

        void close() throws IOException {
            hub.close();
            if (group.isPresent()) {
                group.get().close();
            }
        }
    }
}
