package dev.selvedge.operator.pki;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;

/**
 * The authorities of one namespace. Who of them signs and who is trusted follows from the clock alone, so that a clock that was wrong for a while
 * leaves nothing behind.
 *
 * @param all in the order in which they were published
 */
public record Authorities(List<Published> all) {
    public static final Authorities NONE = new Authorities(List.of());

    /** Before this release was made. */
    private static final Instant LONG_AGO = Instant.parse("2026-01-01T00:00:00Z");

    /** A clock that is usually right may be late by as much where a box was off and has not asked for the time yet. */
    private static final Duration LATE = Duration.ofDays(30);

    public Authorities {
        all = all.stream().sorted(Comparator.comparing(Published::since)).toList();
    }

    /**
     * The time to go by: a clock that is a little before the first authority, or before this release too, is late. One between the two is believed: the
     * first authority was made under a clock that was ahead.
     */
    Instant plausible(Instant now) {
        return all.stream()
                .map(p -> p.authority().validity().from())
                .min(Comparator.naturalOrder())
                .filter(first -> now.isBefore(first) && (now.isBefore(LONG_AGO) || first.isBefore(now.plus(LATE))))
                .orElse(now);
    }

    /** Who signs. Throws IllegalStateException when there is no authority at all. */
    public CertificateAuthority signer(Instant now) {
        return latest(now, Published::signsInPlaceOf);
    }

    /** Whom every running module has to know by now: a change of it is a reason to restart modules. */
    public CertificateAuthority anchor(Instant now) {
        return latest(now, Published::mustBeKnownInPlaceOf);
    }

    /** Who signs now or will, unless another one comes, whether it has ended or not; empty when there is none. */
    public Optional<Published> newest(Instant now) {
        var time = plausible(now);
        return all.stream().filter(p -> p.authority().validity().begun(time)).reduce((_, later) -> later);
    }

    /** Who is trusted: all that have not ended, who signs first, since some look at one certificate only. */
    public List<CertificateAuthority> trusted(Instant now) {
        var time = plausible(now);
        var signer = signer(now);
        var trusted = new ArrayList<>(List.of(signer));
        all.reversed().stream()
                .map(Published::authority)
                .filter(authority ->
                        !authority.equals(signer) && !authority.validity().over(time))
                .forEach(trusted::add);
        return List.copyOf(trusted);
    }

    /** The certificates of their roots, PEM, in the same order: what modules and devices trust. */
    public List<String> roots(Instant now) {
        return trusted(now).stream()
                .map(CertificateAuthority::rootPem)
                .distinct()
                .toList();
    }

    private CertificateAuthority latest(Instant now, BiFunction<Published, Published, Instant> takesOver) {
        var time = plausible(now);
        return all.stream()
                .filter(p -> p.covers(time))
                .reduce((present, next) -> time.isBefore(takesOver.apply(next, present)) ? present : next)
                .or(() -> all.stream()
                        .max(Comparator.comparing(p -> p.authority().validity().until())))
                .orElseThrow(() -> new IllegalStateException("there is no certificate authority"))
                .authority();
    }
}
