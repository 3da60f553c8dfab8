package dev.selvedge.bench.measure;

import java.io.IOException;
import java.util.ArrayList;

import dev.selvedge.bench.load.Crowd;
import dev.selvedge.bench.report.Section;
import dev.selvedge.bench.report.Statistics;
import dev.selvedge.bench.report.Table;
import dev.selvedge.bench.report.Target;
import dev.selvedge.bench.report.Text;
import dev.selvedge.bench.server.Footprint;
import dev.selvedge.bench.server.LoopDisk;
import dev.selvedge.bench.server.Server;
import dev.selvedge.bench.server.Site;

/** What a stored message costs in bytes written: flash at the edge wears out. */
public final class BytesWritten implements Measurement {
    private static final int PUBLISHERS = 16;
    private static final int PAYLOAD_BYTES = 256;
    private static final long DISK_BYTES = 4L << 30;

    private final Table table = new Table("server", "written B", "acked/s");

    @Override
    public Section measure(Lab lab) throws IOException {
        try (var disk = LoopDisk.mount(lab.fresh("loop"), DISK_BYTES)) {
            return measureOn(lab.on(disk.folder()));
        }
    }

    private Section measureOn(Lab lab) throws IOException {
        double own;
        try (var hub = lab.hub(Site.queueing(PUBLISHERS))) {
            own = run(lab, hub);
        }
        var peers = lab.peers();
        try {
            for (var peer : peers) {
                if (peer.durable()) {
                    run(lab, peer);
                }
            }
        } finally {
            Lab.closeAll(peers);
        }
        return new Section(
                "Bytes written for a message",
                """
                %d publishers, %d B, one in flight for each; medians of %d rounds of %s s. *Written* is what the disk itself has written (/sys/dev/block/*/stat),
                file-system journal included: an ext4 of its own on a loop device, so that nobody else's writes count.
                """.formatted(PUBLISHERS, PAYLOAD_BYTES, lab.rounds(), Text.decimal(lab.seconds() * 2, 0)),
                table,
                Target.atMost("bytes", "written for a 256 B message at 16 publishers", 900, own, "B"));
    }

    private double run(Lab lab, Server server) throws IOException {
        Lab.warmUp(server);
        try (var crowd = new Crowd(PUBLISHERS, PAYLOAD_BYTES, server::publisher)) {
            crowd.publish(1, 1);
            var written = new ArrayList<Double>();
            var rates = new ArrayList<Double>();
            for (int round = 0; round < lab.rounds(); round++) {
                Lab.settle();
                var device = Footprint.deviceWrittenBytes(server.data());
                var rate = crowd.publish(1, lab.seconds() * 2);
                written.add((double) (Footprint.deviceWrittenBytes(server.data()) - device) / rate.acknowledged());
                rates.add(rate.perSecond());
            }
            var perMessage = Statistics.median(written);
            table.row(server.name(), Text.count(perMessage), Text.count(Statistics.median(rates)));
            return perMessage;
        }
    }
}
