package dev.selvedge.hub.process;

/** A module that publishes {@code "name 1 ."}, {@code "name 2 ."}, …, each until it is acknowledged. */
interface Source extends AutoCloseable {
    String name();

    /** The last number that was acknowledged. */
    int acknowledged();
}
