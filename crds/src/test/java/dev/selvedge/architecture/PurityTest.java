package dev.selvedge.architecture;

import java.net.URLEncoder;
import java.time.Clock;
import java.time.Instant;
import java.util.Random;
import java.util.UUID;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import dev.selvedge.json.ShallowJson;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

@AnalyzeClasses(packages = "dev.selvedge", importOptions = ImportOption.DoNotIncludeTests.class)
class PurityTest {
    @ArchTest
    static final ArchRule NO_IO = noClasses()
            .should()
            .dependOnClassesThat(
                    resideInAnyPackage("java.net..", "java.nio.file..", "java.nio.channels..", "java.util.concurrent..")
                            .and(not(type(URLEncoder.class))));

    @ArchTest
    static final ArchRule NO_STREAMS = noClasses()
            .that(not(type(ShallowJson.class))) // Jackson hands them on
            .should()
            .dependOnClassesThat()
            .haveNameMatching("java\\.io\\.(File|InputStream|OutputStream|Reader|Writer).*");

    @ArchTest
    static final ArchRule NO_CLOCK_NO_CHANCE = noClasses()
            .should()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethod(System.class, "nanoTime")
            .orShould()
            .callMethod(System.class, "getenv", String.class)
            .orShould()
            .callMethod(Instant.class, "now")
            .orShould()
            .dependOnClassesThat()
            .belongToAnyOf(Clock.class, Random.class, UUID.class);

    @ArchTest
    static final ArchRule ROUTES_AND_TWINS_KNOW_NO_KUBERNETES = noClasses()
            .that()
            .resideInAnyPackage(
                    "dev.selvedge.route..", "dev.selvedge.twin..", "dev.selvedge.identity..", "dev.selvedge.json..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.fabric8..", "dev.selvedge.api..", "dev.selvedge.plan..");
}
