package dev.selvedge.operator.pki;

import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * What comes after the authorities there are. One that the operator made gets a successor when a third of its life is left; one that was given is
 * followed by whatever is given in its place. All of them keep the site's name, so that the present one can vouch for the next.
 *
 * @param name common name of the authorities it makes
 */
public record AuthorityRotation(String name, Lifetimes lifetimes, SecureRandom random) {
    /** Ended ones that are kept all the same: a clock that jumps ahead and back again, some times over, must find them. */
    private static final int ENDED_KEPT = 8;

    /** No clock that is usually right is late by more: what was published further ahead was published under one that was not. */
    private static final Duration LATE = Duration.ofDays(365);

    /** The authorities as they should be kept from now on; equal to those given when nothing is due. */
    public Authorities next(Authorities stored, @Nullable CertificateAuthority given, Instant now) {
        if (!stored.plausible(now).equals(now)) {
            return stored;
        }
        var kept = new Authorities(kept(stored, now));
        return given == null ? orMade(kept, now) : orGiven(kept, given, now);
    }

    private Authorities orMade(Authorities kept, Instant now) {
        var newest = kept.newest(now);
        if (newest.isPresent()
                && !newest.get().given()
                && !newest.get().authority().validity().due(now)) {
            return kept;
        }
        var made = CertificateAuthority.create(name, Validity.startingAt(now, lifetimes.authority()), random);
        return with(kept, new Published(made, now, false));
    }

    private static Authorities orGiven(Authorities kept, CertificateAuthority given, Instant now) {
        var last = kept.all().isEmpty() ? null : kept.all().getLast();
        return last != null && last.authority().equals(given) ? kept : with(kept, new Published(given, now, true));
    }

    /** What is published last stands last, also when the clock has gone back since the one before; what has not begun may follow one that is made. */
    private static Authorities with(Authorities kept, Published next) {
        var time = next.since();
        var all = new ArrayList<>(kept.all().stream()
                .filter(p -> !p.authority().equals(next.authority()))
                .map(p -> next.given() || p.authority().validity().begun(time) ? p.noLaterThan(time) : p)
                .toList());
        all.add(next);
        return new Authorities(all);
    }

    /** Without those that ended long ago; one that was published under a clock far ahead counts from now, or from when it begins. */
    private static List<Published> kept(Authorities stored, Instant now) {
        var ended = stored.all().stream()
                .filter(p -> p.authority().validity().over(now))
                .toList();
        var old = ended.subList(0, Math.max(0, ended.size() - ENDED_KEPT));
        return stored.all().stream()
                .filter(p -> !old.contains(p))
                .map(p -> p.since().isAfter(now.plus(LATE))
                        ? p.noLaterThan(later(now, p.authority().validity().from()))
                        : p)
                .toList();
    }

    private static Instant later(Instant one, Instant other) {
        return one.isAfter(other) ? one : other;
    }
}
