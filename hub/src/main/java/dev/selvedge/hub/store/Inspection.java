package dev.selvedge.hub.store;

import java.util.List;

/**
 * What a store's files hold, every record read and its checksum compared.
 *
 * @param files segments and records in quarantine
 * @param missing records that are in no file although they should be
 * @param damagedEntries places of the state journal that are damaged
 */
public record Inspection(List<File> files, long missing, long damagedEntries) {
    /**
     * One file.
     *
     * @param file below the store's folder
     * @param bytes that are on disk for certain
     * @param records whole ones
     * @param missing numbers of records that are not in it although they should be
     */
    public record File(String file, long bytes, long records, long missing, List<Place> damage) {}

    /** Bytes of a file that belong to no whole record. */
    public record Place(long offset, long bytes) {}

    /** Whether all that was ever stored and not given back is there and whole. */
    public boolean isIntact() {
        return missing == 0
                && damagedEntries == 0
                && files.stream()
                        .allMatch(file -> file.missing() == 0 && file.damage().isEmpty());
    }

    /** Whole records of all files. */
    public long records() {
        return files.stream().mapToLong(File::records).sum();
    }
}
