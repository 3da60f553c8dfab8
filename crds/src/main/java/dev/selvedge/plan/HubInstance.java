package dev.selvedge.plan;

import dev.selvedge.api.v1alpha1.EdgeHub;

/** The hub of one node and what it is told to obey. */
public record HubInstance(EdgeHub hub, SiteNode node, HubConfiguration configuration) {}
