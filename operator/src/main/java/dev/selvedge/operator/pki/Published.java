package dev.selvedge.operator.pki;

import java.time.Duration;
import java.time.Instant;

/**
 * An authority that a site trusts.
 *
 * @param since when it was first published among those that are trusted
 * @param given whether somebody else made it, or the operator did
 */
public record Published(CertificateAuthority authority, Instant since, boolean given) {
    /** After this everybody who is not cut off has read what was published. */
    private static final Duration LONG_ENOUGH = Duration.ofDays(30);

    boolean covers(Instant now) {
        return authority.validity().covers(now);
    }

    Published noLaterThan(Instant time) {
        return since.isAfter(time) ? new Published(authority, time, given) : this;
    }

    /** When it signs in place of another: after 30 days, or half of what the other had left when this one was published, if that is less. */
    Instant signsInPlaceOf(Published other) {
        var half = halfOfWhatIsLeftOf(other);
        return since.plus(half.compareTo(LONG_ENOUGH) < 0 ? half : LONG_ENOUGH);
    }

    /**
     * When modules that know only the other's root must have learned of this one's: after half of what the other had left, so that half remains to
     * restart them; at once where the other cannot vouch for this one.
     */
    Instant mustBeKnownInPlaceOf(Published other) {
        return other.authority.vouchesFor(authority) ? since.plus(halfOfWhatIsLeftOf(other)) : since;
    }

    private Duration halfOfWhatIsLeftOf(Published other) {
        var left = Duration.between(since, other.authority.validity().until());
        return left.isNegative() ? Duration.ZERO : left.dividedBy(2);
    }
}
