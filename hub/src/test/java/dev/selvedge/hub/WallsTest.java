package dev.selvedge.hub;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

/** The walls between the hub's packages. */
@AnalyzeClasses(packages = "dev.selvedge.hub", importOptions = DoNotIncludeTests.class)
class WallsTest {
    @ArchTest
    static final ArchRule onlyFrontsUpstreamsAndMainKnowTheNetwork = noClasses()
            .that()
            .resideOutsideOfPackages(
                    "dev.selvedge.hub",
                    "dev.selvedge.hub.net..",
                    "dev.selvedge.hub.mqtt..",
                    "dev.selvedge.hub.amqp..",
                    "dev.selvedge.hub.http..",
                    "dev.selvedge.hub.upstream..",
                    "dev.selvedge.hub.metrics..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.vertx..", "io.netty..");

    @ArchTest
    static final ArchRule theStoreIsPlainJava = classes()
            .that()
            .resideInAPackage("dev.selvedge.hub.store..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage("java..", "dev.selvedge.hub.store..", "org.slf4j..", "org.jspecify..");

    @ArchTest
    static final ArchRule onlyTheTwoSourcesKnowKubernetes = noClasses()
            .that()
            .resideOutsideOfPackages(
                    "dev.selvedge.hub", "dev.selvedge.hub.kubernetes..", "dev.selvedge.hub.directory..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.fabric8..");

    @ArchTest
    static final ArchRule nothingKnowsTheFronts = noClasses()
            .that()
            .resideOutsideOfPackages(
                    "dev.selvedge.hub", "dev.selvedge.hub.mqtt..", "dev.selvedge.hub.amqp..", "dev.selvedge.hub.http..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("dev.selvedge.hub.mqtt..", "dev.selvedge.hub.amqp..", "dev.selvedge.hub.http..");

    @ArchTest
    static final ArchRule aHubThatServesLoadsNothingOfTheTools = noClasses()
            .that()
            .resideOutsideOfPackage("dev.selvedge.hub.tool..")
            .and()
            .doNotHaveFullyQualifiedName("dev.selvedge.hub.Main")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.selvedge.hub.tool..");

    @ArchTest
    static final ArchRule noFrontKnowsAnother = SlicesRuleDefinition.slices()
            .matching("dev.selvedge.hub.(mqtt|amqp|http)..")
            .should()
            .notDependOnEachOther();

    @ArchTest
    static final ArchRule topicsAndBagsArePlainJava = noClasses()
            .that()
            .haveSimpleName("Topics")
            .or()
            .haveSimpleNameStartingWith("PropertyBag")
            .or()
            .haveSimpleNameStartingWith("Inbound")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.vertx..", "io.netty..");

    @ArchTest
    static final ArchRule messagesAndTokensArePure = noClasses()
            .that()
            .resideInAnyPackage("dev.selvedge.hub.message..", "dev.selvedge.hub.security..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("java.nio.file..", "java.net..", "java.util.concurrent..");

    /** What keeps them, beside them, may do more: RouterHolder and Sessions. */
    @ArchTest
    static final ArchRule routesAndSessionsArePure = noClasses()
            .that()
            .resideInAnyPackage("dev.selvedge.hub.routing..", "dev.selvedge.hub.session..")
            .and()
            .haveNameNotMatching(".*\\.(RouterHolder|Sessions)(\\$.*)?")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("java.nio.file..", "java.net..", "java.util.concurrent")
            .orShould()
            .dependOnClassesThat()
            .haveSimpleName("StateJournal");
}
