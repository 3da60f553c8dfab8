package dev.selvedge.operator;

import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Random;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

@AnalyzeClasses(packages = "dev.selvedge.operator", importOptions = ImportOption.DoNotIncludeTests.class)
final class ArchitectureTest {
    private static final String[] PURE = {"dev.selvedge.operator.render..", "dev.selvedge.operator.status.."};

    @ArchTest
    static final ArchRule RENDER_AND_STATUS_ARE_PURE = noClasses()
            .that()
            .resideInAnyPackage(PURE)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.fabric8.kubernetes.client..",
                    "io.javaoperatorsdk..",
                    "dev.selvedge.operator.apply..",
                    "dev.selvedge.operator.cache..",
                    "dev.selvedge.operator.cluster..",
                    "dev.selvedge.operator.reconciler..",
                    "org.slf4j..",
                    "java.net..",
                    "java.nio.file..")
            .orShould()
            .dependOnClassesThat()
            .areAssignableTo(Clock.class)
            .orShould()
            .dependOnClassesThat()
            .areAssignableTo(Random.class)
            .orShould()
            .dependOnClassesThat()
            .areAssignableTo(Instant.class)
            .orShould()
            .callMethod(System.class, "getenv", String.class)
            .orShould()
            .callMethod(System.class, "currentTimeMillis");

    @ArchTest
    static final ArchRule A_ROLLOUT_IS_DECIDED_FROM_WHAT_IT_IS_GIVEN = noClasses()
            .that()
            .resideInAPackage("dev.selvedge.operator.rollout..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.fabric8.kubernetes.client..",
                    "io.javaoperatorsdk..",
                    "dev.selvedge.operator.apply..",
                    "dev.selvedge.operator.cache..",
                    "dev.selvedge.operator.cluster..",
                    "dev.selvedge.operator.reconciler..",
                    "org.slf4j..")
            .orShould()
            .dependOnClassesThat()
            .areAssignableTo(InstantSource.class)
            .orShould()
            .callMethod(Instant.class, "now")
            .orShould()
            .callMethod(System.class, "currentTimeMillis");

    @ArchTest
    static final ArchRule PKI_KNOWS_NO_KUBERNETES = noClasses()
            .that()
            .resideInAPackage("..pki..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.fabric8..", "io.javaoperatorsdk..");

    @ArchTest
    static final ArchRule ONLY_MAIN_READS_THE_ENVIRONMENT = noClasses()
            .that()
            .doNotBelongToAnyOf(OperatorMain.class)
            .should()
            .callMethod(System.class, "getenv")
            .orShould()
            .callMethod(System.class, "getenv", String.class);

    @ArchTest
    static final ArchRule RECONCILERS_DO_NOT_KNOW_EACH_OTHER = noClasses()
            .that()
            .resideInAPackage("..reconciler.module..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("..reconciler.hub..", "..reconciler.twin..");
}
