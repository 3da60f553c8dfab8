package dev.selvedge.hub.security;

import java.util.Optional;

import dev.selvedge.identity.Identity;

/** The identities that a hub serves. Any thread. */
public interface IdentityRegistry {
    /** The generation of an identity's key; empty when the hub does not know the identity. */
    Optional<String> generationId(Identity identity);
}
