package dev.selvedge.hub.tool;

import java.io.IOException;
import java.util.concurrent.Callable;

import dev.selvedge.hub.store.Inspection;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Whether what is on disk is whole. */
@Command(
        name = "verify",
        mixinStandardHelpOptions = true,
        description =
                "Read every record and compare its checksum: what is whole, what is damaged, and where. Exit code 1 when anything is.")
final class VerifyCommand implements Callable<Integer> {
    @Mixin
    private Where where = new Where();

    @Mixin
    private Output output = new Output();

    @Override
    public Integer call() throws IOException {
        Inspection found;
        try (var store = where.toRead()) {
            found = store.inspect();
        }
        if (output.isJson()) {
            output.json(found);
        } else {
            print(found);
        }
        return found.isIntact() ? 0 : 1;
    }

    private void print(Inspection found) {
        var out = output.out();
        var table = new Table("FILE", "BYTES", "RECORDS", "MISSING", "DAMAGE");
        for (var file : found.files()) {
            var damage = file.damage().isEmpty()
                    ? "none"
                    : String.join(
                            ", ",
                            file.damage().stream()
                                    .map(place -> place.bytes() + " bytes at " + place.offset())
                                    .toList());
            table.row(file.file(), "" + file.bytes(), "" + file.records(), "" + file.missing(), damage);
        }
        table.print(out);
        out.println();
        if (found.damagedEntries() > 0) {
            out.println("state journal: " + found.damagedEntries() + " damaged places, at least one entry each");
        }
        if (found.missing() > 0) {
            out.println(found.missing() + " records are in no file: a segment is missing");
        }
        var records = found.records() + " records are whole";
        out.println(found.isIntact() ? "intact: all " + records : "DAMAGED: " + records + ", the others are lost");
    }
}
