import static java.util.Map.entry;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import jakarta.ws.rs.ClientErrorException;
import jakarta.ws.rs.ForbiddenException;
import jakarta.ws.rs.NotFoundException;
import jakarta.ws.rs.core.Response;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.keycloak.admin.client.CreatedResponseUtil;
import org.keycloak.admin.client.Keycloak;
import org.keycloak.admin.client.KeycloakBuilder;
import org.keycloak.admin.client.resource.ClientResource;
import org.keycloak.admin.client.resource.ClientScopeResource;
import org.keycloak.admin.client.resource.GroupResource;
import org.keycloak.admin.client.resource.RealmResource;
import org.keycloak.admin.client.resource.UserResource;
import org.keycloak.representations.AccessToken;
import org.keycloak.representations.idm.ClientRepresentation;
import org.keycloak.representations.idm.ClientScopeRepresentation;
import org.keycloak.representations.idm.CredentialRepresentation;
import org.keycloak.representations.idm.GroupRepresentation;
import org.keycloak.representations.idm.ManagementPermissionReference;
import org.keycloak.representations.idm.ManagementPermissionRepresentation;
import org.keycloak.representations.idm.PartialImportRepresentation;
import org.keycloak.representations.idm.ProtocolMapperRepresentation;
import org.keycloak.representations.idm.RealmEventsConfigRepresentation;
import org.keycloak.representations.idm.RealmRepresentation;
import org.keycloak.representations.idm.RoleRepresentation;
import org.keycloak.representations.idm.UserRepresentation;
import org.keycloak.representations.idm.authorization.ClientPolicyRepresentation;
import org.keycloak.representations.idm.authorization.ScopePermissionRepresentation;
import org.keycloak.representations.userprofile.config.UPConfig;

/**
 * Keycloak's admin client for Java, unchanged, does what a platform team does with it: a realm with scopes, roles, groups, clients, people and an
 * exchange permission from nothing, an exchange and a refusal, changes in place, and the end of it. Everything it writes it reads back.
 * Reads BASE_URL, ADMIN_USERNAME, ADMIN_PASSWORD, REALM (which it creates and deletes), REFUSED_STATUS and REFUSED_ERROR.
 */
public final class PlatformTeam {
    private static final String BASE_URL = System.getenv("BASE_URL");
    private static final String REALM = System.getenv("REALM");
    private static final String ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token";
    private static final List<String> RECORDED = List.of("LOGIN", "TOKEN_EXCHANGE", "TOKEN_EXCHANGE_ERROR");
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Keycloak admin;
    private final RealmResource realm;

    private PlatformTeam(Keycloak admin) {
        this.admin = admin;
        this.realm = admin.realm(REALM);
    }

    public static void main(String[] arguments) throws Exception {
        try (Keycloak admin = Keycloak.getInstance(
                BASE_URL, "master", System.getenv("ADMIN_USERNAME"), System.getenv("ADMIN_PASSWORD"), "admin-cli")) {
            new PlatformTeam(admin).run();
        }
        System.out.println("java-admin-client: service-a exchanged, a stranger was refused, everything read back, the realm is gone");
    }

    private void run() throws Exception {
        check("a version to talk about", admin.serverInfo().getInfo().getSystemInfo().getVersion() != null);
        RealmRepresentation asked = new RealmRepresentation();
        asked.setRealm(REALM);
        asked.setEnabled(true);
        asked.setDisplayName("Platform");
        asked.setAccessTokenLifespan(120);
        admin.realms().create(asked);
        try {
            settings();
            scopes();
            roles();
            clients();
            people();
            exchanges();
            serviceAccountAdministers();
            changesInPlace();
            importsAndExports();
            refusals();
        } finally {
            realm.remove();
        }
        gone("the realm", () -> realm.toRepresentation());
    }

    private void settings() {
        RealmRepresentation read = realm.toRepresentation();
        equal("lifespan", 120, read.getAccessTokenLifespan());
        read.setDisplayName("Platform team");
        read.setSsoSessionIdleTimeout(900);
        read.setPasswordPolicy("length(8)");
        read.setBruteForceProtected(true);
        realm.update(read);
        RealmRepresentation written = realm.toRepresentation();
        equal("settings", List.of("Platform team", 900, "length(8)", true), List.of(written.getDisplayName(), written.getSsoSessionIdleTimeout(),
                written.getPasswordPolicy(), written.isBruteForceProtected()));
        realm.update(written);
        same("realm after the same update", written, realm.toRepresentation());

        RealmEventsConfigRepresentation events = realm.getRealmEventsConfig();
        events.setEventsEnabled(true);
        events.setEnabledEventTypes(RECORDED);
        events.setAdminEventsEnabled(true);
        events.setAdminEventsDetailsEnabled(true);
        realm.updateRealmEventsConfig(events);
        RealmEventsConfigRepresentation recorded = realm.getRealmEventsConfig();
        equal("recorded events", Set.copyOf(RECORDED), Set.copyOf(recorded.getEnabledEventTypes()));
        equal("recorded at all", List.of(true, true, true),
                List.of(recorded.isEventsEnabled(), recorded.isAdminEventsEnabled(), recorded.isAdminEventsDetailsEnabled()));

        UPConfig profile = realm.users().userProfile().getConfiguration();
        profile.setUnmanagedAttributePolicy(UPConfig.UnmanagedAttributePolicy.ENABLED);
        realm.users().userProfile().update(profile);
        same("user profile", profile, realm.users().userProfile().getConfiguration());
        check("an active RS256 key", realm.keys().getKeyMetadata().getActive().containsKey("RS256"));
    }

    private void scopes() {
        ClientScopeRepresentation reports = new ClientScopeRepresentation();
        reports.setName("reports");
        reports.setDescription("May read reports");
        reports.setProtocol("openid-connect");
        reports.setAttributes(Map.of("include.in.token.scope", "true", "display.on.consent.screen", "false"));
        reports.setProtocolMappers(List.of(mapper("team", "oidc-usermodel-attribute-mapper", Map.of(
                "user.attribute", "team", "claim.name", "team", "jsonType.label", "String", "access.token.claim", "true"))));
        String id = CreatedResponseUtil.getCreatedId(realm.clientScopes().create(reports));
        ClientScopeResource scope = realm.clientScopes().get(id);
        scope.getProtocolMappers().createMapper(mapper("groups", "oidc-group-membership-mapper", Map.of(
                "claim.name", "groups", "full.path", "true", "access.token.claim", "true"))).close();
        equal("mappers of the scope", Set.of("team", "groups"),
                names(scope.getProtocolMappers().getMappers(), ProtocolMapperRepresentation::getName));

        ClientScopeRepresentation read = scope.toRepresentation();
        read.setDescription("May read all reports");
        scope.update(read);
        same("scope after its update", read, scope.toRepresentation());
        ProtocolMapperRepresentation groups = named(scope.getProtocolMappers().getMappers(), ProtocolMapperRepresentation::getName, "groups");
        groups.getConfig().put("full.path", "false");
        scope.getProtocolMappers().update(groups.getId(), groups);
        same("mapper after its update", groups, scope.getProtocolMappers().getMapperById(groups.getId()));
        realm.addDefaultOptionalClientScope(id);
        check("reports is optional by default",
                names(realm.getDefaultOptionalClientScopes(), ClientScopeRepresentation::getName).contains("reports"));
    }

    private void roles() {
        realm.roles().create(new RoleRepresentation("employee", "Everybody", false));
        realm.roles().create(new RoleRepresentation("manager", "Those who sign", false));
        realm.roles().get("manager").addComposites(List.of(realm.roles().get("employee").toRepresentation()));
        RoleRepresentation manager = realm.roles().get("manager").toRepresentation();
        check("manager is composite", manager.isComposite());
        manager.setDescription("Those who sign and answer for it");
        manager.setAttributes(Map.of("cost-centre", List.of("7")));
        realm.roles().get("manager").update(manager);
        same("role after its update", manager, realm.roles().get("manager").toRepresentation());
        equal("composites", Set.of("employee"), names(realm.roles().get("manager").getRealmRoleComposites(), RoleRepresentation::getName));
    }

    private void clients() {
        ClientRepresentation web = new ClientRepresentation();
        web.setClientId("web");
        web.setPublicClient(true);
        web.setDirectAccessGrantsEnabled(true);
        web.setRedirectUris(List.of("http://localhost:3000/*"));
        web.setWebOrigins(List.of("+"));
        web.setProtocolMappers(List.of(audience("service-a"), audience("stranger")));
        ClientResource created = realm.clients().get(CreatedResponseUtil.getCreatedId(realm.clients().create(web)));
        String reports = named(realm.clientScopes().findAll(), ClientScopeRepresentation::getName, "reports").getId();
        equal("what a new client gets", true, names(created.getOptionalClientScopes(), ClientScopeRepresentation::getName).contains("reports"));
        created.removeOptionalClientScope(reports);
        created.addDefaultClientScope(reports);
        equal("web's own scope", true, names(created.getDefaultClientScopes(), ClientScopeRepresentation::getName).contains("reports"));
        for (String name : List.of("service-a", "service-b", "stranger")) {
            ClientRepresentation service = new ClientRepresentation();
            service.setClientId(name);
            service.setSecret(name + "-secret");
            service.setServiceAccountsEnabled(true);
            service.setStandardFlowEnabled(false);
            service.setFullScopeAllowed(false);
            realm.clients().create(service).close();
        }
        for (String name : List.of("reader", "writer")) client("service-b").roles().create(new RoleRepresentation(name, name, false));
        equal("roles of service-b", Set.of("reader", "writer"), names(client("service-b").roles().list(), RoleRepresentation::getName));
        equal("a secret", "service-a-secret", client("service-a").getSecret().getValue());
    }

    private void people() {
        String staffId = CreatedResponseUtil.getCreatedId(realm.groups().add(group("staff")));
        String auditId = CreatedResponseUtil.getCreatedId(realm.groups().group(staffId).subGroup(group("audit")));
        GroupResource audit = realm.groups().group(auditId);
        audit.roles().realmLevel().add(List.of(realm.roles().get("manager").toRepresentation()));
        audit.roles().clientLevel(id("service-b")).add(List.of(client("service-b").roles().get("reader").toRepresentation()));
        equal("group by its path", auditId, realm.getGroupByPath("/staff/audit").getId());
        equal("subgroups", Set.of("audit"), names(realm.groups().group(staffId).getSubGroups(0, 10, false), GroupRepresentation::getName));
        GroupRepresentation renamed = audit.toRepresentation();
        renamed.setAttributes(Map.of("floor", List.of("3")));
        audit.update(renamed);
        same("group after its update", renamed, audit.toRepresentation());

        UserRepresentation alice = new UserRepresentation();
        alice.setUsername("alice");
        alice.setEmail("alice@example.com");
        alice.setEmailVerified(true);
        alice.setFirstName("Alice");
        alice.setLastName("Example");
        alice.setEnabled(true);
        alice.setAttributes(Map.of("team", List.of("audit")));
        alice.setGroups(List.of("/staff/audit"));
        UserResource created = realm.users().get(CreatedResponseUtil.getCreatedId(realm.users().create(alice)));
        CredentialRepresentation password = new CredentialRepresentation();
        password.setType(CredentialRepresentation.PASSWORD);
        password.setValue("alice-password");
        password.setTemporary(false);
        created.resetPassword(password);
        equal("credentials", 1, created.credentials().size());
        equal("alice's groups", Set.of("/staff/audit"), names(created.groups(), GroupRepresentation::getPath));
        equal("members", Set.of("alice"), names(audit.members(), UserRepresentation::getUsername));
        equal("effective roles", true,
                names(created.roles().realmLevel().listEffective(), RoleRepresentation::getName).containsAll(Set.of("manager", "employee")));
        UserRepresentation read = created.toRepresentation();
        read.setLastName("Example-Smith");
        created.update(read);
        same("user after the update", read, created.toRepresentation());
        equal("users by attribute", Set.of("alice"), names(realm.users().searchByAttributes("team:audit"), UserRepresentation::getUsername));
        equal("number of users", 1, realm.users().count());
    }

    private void exchanges() throws Exception {
        String subject = signIn();
        JsonNode claims = claims(subject);
        equal("team of the subject", "audit", claims.path("team").asText());
        equal("groups of the subject", "audit", claims.path("groups").path(0).asText());
        refused("service-a before there is a permission", exchange("service-a", subject));
        permit();
        Answer exchanged = exchange("service-a", subject);
        equal("status of the exchange", 200, exchanged.status());
        JsonNode issued = claims(exchanged.body().path("access_token").asText());
        equal("audience", "service-b", issued.path("aud").asText());
        equal("authorized party", "service-a", issued.path("azp").asText());
        equal("roles", "[\"reader\"]", issued.path("resource_access").path("service-b").path("roles").toString());
        refused("a stranger", exchange("stranger", subject));

        UserResource alice = realm.users().get(user("alice").getId());
        check("alice has a session", !alice.getUserSessions().isEmpty());
        check("an event of the exchange", realm.getEvents(List.of("TOKEN_EXCHANGE"), null, null, null, null, null, 0, 10).size() == 1);
        AccessToken example = client("web").clientScopesEvaluate().generateAccessToken("openid", alice.toRepresentation().getId(), null);
        equal("an example token", "web", example.getIssuedFor());
        alice.logout();
        equal("sessions after the logout", 0, alice.getUserSessions().size());
    }

    /** The guide's steps: enable permissions, create the client policy, attach it. */
    private void permit() {
        ManagementPermissionReference enabled = client("service-b").setPermissions(new ManagementPermissionRepresentation(true));
        String permissionId = enabled.getScopePermissions().get("token-exchange");
        var authorization = client("realm-management").authorization();
        ClientPolicyRepresentation policy = new ClientPolicyRepresentation();
        policy.setName("service-a may exchange");
        policy.setClients(Set.of(id("service-a")));
        try (Response response = authorization.policies().client().create(policy)) {
            equal("creation of the policy", 201, response.getStatus());
        }
        ClientPolicyRepresentation stored = authorization.policies().client().findByName("service-a may exchange");
        equal("clients of the policy", Set.of(id("service-a")), stored.getClients());
        ScopePermissionRepresentation permission = authorization.permissions().scope().findById(permissionId).toRepresentation();
        permission.addPolicy(stored.getId());
        authorization.permissions().scope().findById(permissionId).update(permission);
        equal("policies of the permission", Set.of("service-a may exchange"),
                names(authorization.permissions().scope().findById(permissionId).associatedPolicies(), policyName -> policyName.getName()));
        equal("permissions of service-b", enabled.getScopePermissions(), client("service-b").getPermissions().getScopePermissions());
    }

    /** A pipeline signs in as its client and may do exactly what the roles of its service account say. */
    private void serviceAccountAdministers() {
        UserRepresentation account = client("service-a").getServiceAccountUser();
        equal("service account", "service-account-service-a", account.getUsername());
        var roles = realm.users().get(account.getId()).roles().clientLevel(id("realm-management"));
        equal("roles to be had", true, names(roles.listAvailable(), RoleRepresentation::getName).contains("view-users"));
        roles.add(List.of(client("realm-management").roles().get("view-users").toRepresentation()));
        client("service-a").getScopeMappings().clientLevel(id("realm-management"))
                .add(List.of(client("realm-management").roles().get("view-users").toRepresentation()));
        try (Keycloak pipeline = KeycloakBuilder.builder().serverUrl(BASE_URL).realm(REALM).grantType("client_credentials")
                .clientId("service-a").clientSecret("service-a-secret").build()) {
            equal("users for the pipeline", Set.of("alice"),
                    names(pipeline.realm(REALM).users().search("alice"), UserRepresentation::getUsername));
            try {
                pipeline.realm(REALM).users().create(new UserRepresentation()).close();
                equal("creation of a user by a reader", 403, pipeline.realm(REALM).users().create(new UserRepresentation()).getStatus());
                pipeline.realm(REALM).remove();
                throw new AssertionError("a reader of users deleted the realm");
            } catch (ForbiddenException expected) {
                check("a reader of users must not delete the realm", expected.getResponse().getStatus() == 403);
            }
        }
    }

    private void changesInPlace() throws Exception {
        ClientRepresentation before = client("service-a").toRepresentation();
        before.setDescription("Calls service-b for people");
        before.getAttributes().put("access.token.lifespan", "60");
        client("service-a").update(before);
        same("client after its update", before, client("service-a").toRepresentation());
        String secret = client("stranger").generateNewSecret().getValue();
        check("a new secret", !secret.equals("stranger-secret"));
        equal("the new secret", secret, client("stranger").getSecret().getValue());
        equal("the old secret", 401, exchange("stranger", signIn()).status());

        UserResource alice = realm.users().get(user("alice").getId());
        alice.leaveGroup(realm.getGroupByPath("/staff/audit").getId());
        alice.roles().clientLevel(id("service-b")).add(List.of(client("service-b").roles().get("writer").toRepresentation()));
        JsonNode issued = claims(exchange("service-a", signIn()).body().path("access_token").asText());
        equal("roles after the change", "[\"writer\"]", issued.path("resource_access").path("service-b").path("roles").toString());
        equal("client's own lifespan", 60, token(Map.of("grant_type", "client_credentials", "client_id", "service-a",
                "client_secret", "service-a-secret")).body().path("expires_in").asInt());

        client("service-b").setPermissions(new ManagementPermissionRepresentation(false));
        refused("service-a after the permission is gone", exchange("service-a", signIn()));
        check("admin events", realm.getAdminEvents().size() > 20);
        realm.clearAdminEvents();
        equal("admin events after clearing", 0, realm.getAdminEvents().size());
    }

    private void importsAndExports() throws Exception {
        PartialImportRepresentation more = new PartialImportRepresentation();
        more.setIfResourceExists("SKIP");
        more.setUsers(List.of(user("alice"), newcomer("bob")));
        try (Response response = realm.partialImport(more)) {
            JsonNode results = JSON.readTree(response.readEntity(String.class));
            equal("added and skipped", List.of(1, 1), List.of(results.path("added").asInt(), results.path("skipped").asInt()));
        }
        equal("number of users", 2, realm.users().count());
        RealmRepresentation exported = realm.partialExport(true, true);
        equal("exported groups", Set.of("staff"), names(exported.getGroups(), GroupRepresentation::getName));
        check("exported clients", names(exported.getClients(), ClientRepresentation::getClientId).containsAll(Set.of("web", "service-b")));
        check("no secret is exported", exported.getClients().stream()
                .filter(client -> client.getClientId().equals("service-a")).allMatch(client -> client.getSecret().equals("**********")));
    }

    private void refusals() {
        try (Response twice = realm.users().create(newcomer("bob"))) {
            equal("a second bob", 409, twice.getStatus());
        }
        try {
            realm.roles().create(new RoleRepresentation("manager", "again", false));
            throw new AssertionError("a second manager");
        } catch (ClientErrorException expected) {
            equal("a second manager", 409, expected.getResponse().getStatus());
        }
        realm.users().delete(user("bob").getId()).close();
        realm.groups().group(realm.getGroupByPath("/staff").getId()).remove();
        realm.roles().deleteRole("manager");
        String stranger = id("stranger");
        realm.clients().get(stranger).remove();
        gone("the group", () -> realm.getGroupByPath("/staff/audit"));
        gone("the role", () -> realm.roles().get("manager").toRepresentation());
        gone("the client", () -> realm.clients().get(stranger).toRepresentation());
    }

    private record Answer(int status, JsonNode body) {}

    private static Answer token(Map<String, String> form) throws Exception {
        String body = form.entrySet().stream()
                .map(one -> one.getKey() + "=" + URLEncoder.encode(one.getValue(), StandardCharsets.UTF_8)).collect(Collectors.joining("&"));
        HttpRequest request = HttpRequest.newBuilder(URI.create(BASE_URL + "/realms/" + REALM + "/protocol/openid-connect/token"))
                .header("Content-Type", "application/x-www-form-urlencoded").POST(HttpRequest.BodyPublishers.ofString(body)).build();
        HttpResponse<String> response = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
        return new Answer(response.statusCode(), JSON.readTree(response.body()));
    }

    private static String signIn() throws Exception {
        return token(Map.of("grant_type", "password", "client_id", "web", "username", "alice", "password", "alice-password"))
                .body().path("access_token").asText();
    }

    private static Answer exchange(String clientId, String subject) throws Exception {
        return token(Map.ofEntries(entry("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"), entry("client_id", clientId),
                entry("client_secret", clientId + "-secret"), entry("audience", "service-b"), entry("subject_token", subject),
                entry("subject_token_type", ACCESS_TOKEN)));
    }

    private static void refused(String who, Answer answer) {
        equal("status of " + who, Integer.valueOf(System.getenv("REFUSED_STATUS")), answer.status());
        equal("refusal of " + who, System.getenv("REFUSED_ERROR"), answer.body().path("error").asText());
    }

    private static JsonNode claims(String token) throws Exception {
        return JSON.readTree(Base64.getUrlDecoder().decode(token.split("\\.")[1]));
    }

    private ClientResource client(String clientId) {
        return realm.clients().get(id(clientId));
    }

    private String id(String clientId) {
        return realm.clients().findByClientId(clientId).get(0).getId();
    }

    private UserRepresentation user(String username) {
        return realm.users().searchByUsername(username, true).get(0);
    }

    private static UserRepresentation newcomer(String username) {
        UserRepresentation user = new UserRepresentation();
        user.setUsername(username);
        user.setEnabled(true);
        return user;
    }

    private static GroupRepresentation group(String name) {
        GroupRepresentation group = new GroupRepresentation();
        group.setName(name);
        return group;
    }

    private static ProtocolMapperRepresentation audience(String clientId) {
        return mapper("audience " + clientId, "oidc-audience-mapper", Map.of("included.client.audience", clientId, "access.token.claim", "true"));
    }

    private static ProtocolMapperRepresentation mapper(String name, String type, Map<String, String> config) {
        ProtocolMapperRepresentation mapper = new ProtocolMapperRepresentation();
        mapper.setName(name);
        mapper.setProtocol("openid-connect");
        mapper.setProtocolMapper(type);
        mapper.setConfig(new TreeMap<>(config));
        return mapper;
    }

    /** Compares what the client understood, and says which members differ. */
    private static void same(String what, Object wanted, Object got) {
        Map<String, Object> left = JSON.convertValue(wanted, new TypeReference<>() {});
        Map<String, Object> right = JSON.convertValue(got, new TypeReference<>() {});
        left.forEach((member, value) -> {
            if (!Objects.equals(value, right.get(member))) equal(what + ", " + member, String.valueOf(value), String.valueOf(right.get(member)));
        });
        equal(what, left, right);
    }

    private static <T> Set<String> names(Iterable<T> all, Function<T, String> name) {
        Set<String> names = new TreeSet<>();
        all.forEach(one -> names.add(name.apply(one)));
        return names;
    }

    private static <T> T named(List<T> all, Function<T, String> name, String wanted) {
        return all.stream().filter(one -> wanted.equals(name.apply(one))).findFirst()
                .orElseThrow(() -> new AssertionError(wanted + " is not among " + names(all, name)));
    }

    private static void check(String what, boolean holds) {
        if (!holds) throw new AssertionError(what);
    }

    private static void equal(String what, Object wanted, Object got) {
        if (!wanted.equals(got)) throw new AssertionError(what + ":\n  wanted " + wanted + "\n  got    " + got);
    }

    private static void gone(String what, Runnable read) {
        try {
            read.run();
        } catch (NotFoundException expected) {
            return;
        }
        throw new AssertionError(what + " is still there");
    }
}
