package dev.selvedge.hub.security;

import java.util.Optional;

import dev.selvedge.identity.Credentials;
import dev.selvedge.identity.Identity;

/** The identities that a hub serves. Any thread. */
public interface IdentityRegistry {
    /** How an identity proves itself; empty when the hub does not know it. */
    Optional<Credentials> credentials(Identity identity);
}
