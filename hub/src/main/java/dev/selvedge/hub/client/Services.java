package dev.selvedge.hub.client;

import dev.selvedge.hub.delivery.Endpoints;
import dev.selvedge.hub.delivery.Intake;
import dev.selvedge.hub.method.Methods;
import dev.selvedge.hub.routing.RouterHolder;
import dev.selvedge.hub.security.Authenticator;
import dev.selvedge.hub.session.Sessions;
import dev.selvedge.hub.twin.Twins;

/** What every connection needs of the rest of the hub, whatever it speaks. */
public record Services(
        Authenticator authenticator,
        Twins twins,
        Sessions sessions,
        Intake intake,
        Endpoints endpoints,
        RouterHolder routers,
        Methods methods,
        ClientMeters meters,
        Clients clients) {}
