package dev.selvedge.hub.routing;

import dev.selvedge.plan.HubConfiguration;

/** The configuration that a hub obeys, and its routes compiled. */
public record InForce(HubConfiguration configuration, Router router) {}
