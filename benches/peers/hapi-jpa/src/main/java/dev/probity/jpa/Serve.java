// Owns the process: the arguments, the servlet container bound to the loopback address, HAPI's REST servlet over the JPA beans,
// and the word "ready". What is stored and how it is indexed is in Store.java; what is read from the files, in Loader.java.
package dev.probity.jpa;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.IValidationSupport;
import ca.uhn.fhir.jpa.api.config.JpaStorageSettings;
import ca.uhn.fhir.jpa.api.dao.IFhirSystemDao;
import ca.uhn.fhir.jpa.provider.JpaCapabilityStatementProvider;
import ca.uhn.fhir.jpa.provider.JpaSystemProvider;
import ca.uhn.fhir.jpa.provider.ValueSetOperationProvider;
import ca.uhn.fhir.jpa.search.DatabaseBackedPagingProvider;
import ca.uhn.fhir.rest.api.EncodingEnum;
import ca.uhn.fhir.rest.server.HardcodedServerAddressStrategy;
import ca.uhn.fhir.rest.server.RestfulServer;
import ca.uhn.fhir.rest.server.provider.ResourceProviderFactory;
import ca.uhn.fhir.rest.server.util.ISearchParamRegistry;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;

/** A HAPI FHIR JPA server over an in-memory database: {@code Serve PORT NDJSON_FILE...}. */
public final class Serve {
  private static final int PAGE = 20;
  private static final int LARGEST_PAGE = 1000;

  private Serve() {}

  public static void main(String[] arguments) throws Exception {
    if (arguments.length < 1) {
      System.err.println("usage: serve PORT NDJSON_FILE...");
      System.exit(2);
    }
    try {
      run(Integer.parseInt(arguments[0]), Arrays.stream(arguments).skip(1).map(Path::of).toList());
    } catch (Exception failure) {
      // HAPI's pools are not daemon threads: without an exit the process would stay, serving nothing.
      failure.printStackTrace();
      System.exit(1);
    }
  }

  private static void run(int port, List<Path> files) throws Exception {
    for (Path file : files) {
      if (!Files.isReadable(file)) {
        throw new NoSuchFileException(file.toString());
      }
    }
    Server jetty = new Server();
    ServerConnector connector = new ServerConnector(jetty);
    connector.setHost("127.0.0.1");
    connector.setPort(port);
    jetty.addConnector(connector);
    // The port is taken before the long start, so that a port in use is told at once; nothing is answered before all is loaded.
    connector.open();

    AnnotationConfigApplicationContext beans = new AnnotationConfigApplicationContext(Store.class);
    Loader.load(beans, files);

    ServletContextHandler root = new ServletContextHandler("/");
    root.addServlet(new ServletHolder(rest(beans, "http://127.0.0.1:" + connector.getLocalPort() + "/fhir")), "/fhir/*");
    jetty.setHandler(root);
    jetty.start();
    System.out.println("ready");
    System.out.flush();
    jetty.join();
  }

  /** The REST servlet: every R4 resource, the system operations, and ValueSet/$expand; no interceptor and no authentication. */
  private static RestfulServer rest(ApplicationContext beans, String base) {
    FhirContext context = beans.getBean(FhirContext.class);
    RestfulServer server = new RestfulServer(context);
    server.registerProviders(beans.getBean(ResourceProviderFactory.class).createProviders());
    server.registerProvider(beans.getBean(JpaSystemProvider.class));
    server.registerProvider(beans.getBean(ValueSetOperationProvider.class));

    DatabaseBackedPagingProvider pages = beans.getBean(DatabaseBackedPagingProvider.class);
    pages.setDefaultPageSize(PAGE);
    pages.setMaximumPageSize(LARGEST_PAGE);
    server.setPagingProvider(pages);

    JpaCapabilityStatementProvider capability =
        new JpaCapabilityStatementProvider(
            server,
            beans.getBean(IFhirSystemDao.class),
            beans.getBean(JpaStorageSettings.class),
            beans.getBean(ISearchParamRegistry.class),
            beans.getBean(IValidationSupport.class));
    capability.setImplementationDescription("HAPI FHIR JPA, R4, in memory");
    server.setServerConformanceProvider(capability);

    server.setDefaultResponseEncoding(EncodingEnum.JSON);
    // Links in bundles name the base the server was started for, whatever the request's Host says.
    server.setServerAddressStrategy(new HardcodedServerAddressStrategy(base));
    return server;
  }
}
