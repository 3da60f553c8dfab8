package dev.selvedge.hub.upstream.mqtt;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class AddressTest {
    private volatile CompletableFuture<List<String>> dns = answer("10.0.0.1");
    private final Address address = new Address("broker.example", 8883, this::find);

    @Test
    void keepsTheNameSoThatACertificateCanBeChecked() throws Exception {
        assertThat(find())
                .returns("broker.example", InetSocketAddress::getHostString)
                .returns(8883, InetSocketAddress::getPort);
    }

    @Test
    void followsDns() throws Exception {
        find();

        dns = answer("10.0.0.2");

        assertThat(find().getAddress()).isEqualTo(InetAddress.ofLiteral("10.0.0.2"));
    }

    @Test
    void remembersWhileDnsIsAway() throws Exception {
        find();

        dns = CompletableFuture.failedFuture(new UnknownHostException());

        assertThat(find().getAddress()).isEqualTo(InetAddress.ofLiteral("10.0.0.1"));
    }

    @Test
    void remembersWhileDnsIsSilentAndAsksNoMoreThanOnce() throws Exception {
        find();
        dns = new CompletableFuture<>();

        assertThat(find().getAddress()).isEqualTo(InetAddress.ofLiteral("10.0.0.1"));
        var silent = dns;
        dns = answer("10.0.0.3");
        assertThat(find().getAddress()).isEqualTo(InetAddress.ofLiteral("10.0.0.1"));
        silent.complete(List.of("10.0.0.2"));
    }

    @Test
    void saysThatItDoesNotKnow() {
        dns = CompletableFuture.failedFuture(new UnknownHostException("no such name"));

        assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(this::find)
                .withCauseInstanceOf(UnknownHostException.class);
    }

    @Test
    void eachOfSeveralHasItsTurn() throws Exception {
        dns = answer("10.0.0.1", "2001:db8::2");

        assertThat(List.of(found(), found(), found())).containsExactly("10.0.0.1", "2001:db8:0:0:0:0:0:2", "10.0.0.1");
    }

    @Test
    void beginsWithTheOneThatWasReachedLast() throws Exception {
        dns = answer("10.0.0.1", "10.0.0.2", "10.0.0.3");
        find();

        address.reached(find());

        assertThat(List.of(found(), found(), found())).containsExactly("10.0.0.2", "10.0.0.1", "10.0.0.3");
    }

    @Test
    void eachHasItsTurnAlsoWhereDnsShufflesThem() throws Exception {
        dns = answer("10.0.0.1", "10.0.0.2");
        var first = found();

        dns = answer("10.0.0.2", "10.0.0.1");

        assertThat(found()).isNotEqualTo(first);
    }

    private static CompletableFuture<List<String>> answer(String... addresses) {
        return CompletableFuture.completedFuture(List.of(addresses));
    }

    private String found() throws Exception {
        return find().getAddress().getHostAddress();
    }

    private InetSocketAddress find() throws Exception {
        return address.find().get(30, TimeUnit.SECONDS);
    }

    private InetAddress[] find(String host) throws UnknownHostException {
        try {
            var found = new ArrayList<InetAddress>();
            for (var literal : dns.get()) {
                found.add(InetAddress.getByAddress(
                        host, InetAddress.ofLiteral(literal).getAddress()));
            }
            return found.toArray(InetAddress[]::new);
        } catch (InterruptedException | ExecutionException e) {
            throw new UnknownHostException(e.toString());
        }
    }
}
