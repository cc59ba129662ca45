// gocloak, unchanged, takes a server from nothing to a permitted and a refused exchange, and cleans up.
// Reads BASE_URL, ADMIN_USERNAME, ADMIN_PASSWORD, REALM (which it creates and deletes), REFUSED_STATUS and REFUSED_ERROR.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/Nerzal/gocloak/v13"
)

var (
	ctx    = context.Background()
	client = gocloak.NewClient(os.Getenv("BASE_URL"))
	realm  = os.Getenv("REALM")
	token  string
	text   = gocloak.StringP
	yes    = gocloak.BoolP(true)
	no     = gocloak.BoolP(false)
)

func main() {
	err := login()
	if err == nil {
		err = run()
		err = errors.Join(err, deleteRealm())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "gocloak:", err)
		os.Exit(1)
	}
	fmt.Println("gocloak: service-a exchanged, a stranger was refused, the realm is gone")
}

func login() error {
	admin, err := client.LoginAdmin(ctx, os.Getenv("ADMIN_USERNAME"), os.Getenv("ADMIN_PASSWORD"), "master")
	if err != nil {
		return err
	}
	token = admin.AccessToken
	return nil
}

func deleteRealm() error {
	if err := client.DeleteRealm(ctx, token, realm); err != nil {
		return err
	}
	var gone *gocloak.APIError
	if _, err := client.GetRealm(ctx, token, realm); !errors.As(err, &gone) || gone.Code != 404 {
		return fmt.Errorf("the realm is still there: %v", err)
	}
	return nil
}

func run() error {
	if _, err := client.CreateRealm(ctx, token, gocloak.RealmRepresentation{Realm: &realm, Enabled: yes}); err != nil {
		return err
	}
	ids := map[string]string{}
	for _, one := range []gocloak.Client{{ClientID: text("web"), PublicClient: yes, DirectAccessGrantsEnabled: yes}, service("service-a"), service("service-b"), service("stranger")} {
		id, err := client.CreateClient(ctx, token, realm, one)
		if err != nil {
			return err
		}
		ids[*one.ClientID] = id
	}
	for _, audience := range []string{"service-a", "stranger"} {
		mapper := gocloak.ProtocolMapperRepresentation{
			Name: text("audience " + audience), Protocol: text("openid-connect"), ProtocolMapper: text("oidc-audience-mapper"),
			Config: &map[string]string{"included.client.audience": audience, "access.token.claim": "true"},
		}
		if _, err := client.CreateClientProtocolMapper(ctx, token, realm, ids["web"], mapper); err != nil {
			return err
		}
	}
	if err := createAlice(ids["service-b"]); err != nil {
		return err
	}
	alice, err := client.Login(ctx, "web", "", realm, "alice", "alice-password")
	if err != nil {
		return err
	}
	if err := refused("service-a", alice.AccessToken); err != nil {
		return err
	}
	if err := permit(ids["service-a"], ids["service-b"]); err != nil {
		return err
	}
	exchanged, err := exchange("service-a", alice.AccessToken)
	if err != nil {
		return err
	}
	_, claims, err := client.DecodeAccessToken(ctx, exchanged.AccessToken, realm)
	if err != nil {
		return err
	}
	if (*claims)["aud"] != "service-b" || (*claims)["azp"] != "service-a" {
		return fmt.Errorf("unexpected claims: %v", *claims)
	}
	return refused("stranger", alice.AccessToken)
}

func service(clientID string) gocloak.Client {
	return gocloak.Client{ClientID: &clientID, Secret: text(clientID + "-secret"), ServiceAccountsEnabled: yes, FullScopeAllowed: no}
}

func createAlice(serviceB string) error {
	if _, err := client.CreateClientRole(ctx, token, realm, serviceB, gocloak.Role{Name: text("reader")}); err != nil {
		return err
	}
	reader, err := client.GetClientRole(ctx, token, realm, serviceB, "reader")
	if err != nil {
		return err
	}
	alice, err := client.CreateUser(ctx, token, realm, gocloak.User{
		Username: text("alice"), Enabled: yes, Email: text("alice@example.com"), EmailVerified: yes, FirstName: text("Alice"), LastName: text("Example"),
	})
	if err != nil {
		return err
	}
	if err := client.SetPassword(ctx, token, alice, realm, "alice-password", false); err != nil {
		return err
	}
	return client.AddClientRolesToUser(ctx, token, realm, serviceB, alice, []gocloak.Role{*reader})
}

// The guide's steps: enable permissions, create the client policy, attach it.
func permit(requester, target string) error {
	enabled, err := client.UpdateClientManagementPermissions(ctx, token, realm, target, gocloak.ManagementPermissionRepresentation{Enabled: yes})
	if err != nil {
		return err
	}
	found, err := client.GetClients(ctx, token, realm, gocloak.GetClientsParams{ClientID: text("realm-management")})
	if err != nil || len(found) != 1 {
		return fmt.Errorf("realm-management: %d found, %w", len(found), err)
	}
	management, permissionID := *found[0].ID, (*enabled.ScopePermissions)["token-exchange"]
	policy, err := client.CreatePolicy(ctx, token, realm, management, gocloak.PolicyRepresentation{
		Type: text("client"), Name: text("service-a may exchange"), Logic: gocloak.POSITIVE, DecisionStrategy: gocloak.UNANIMOUS,
		ClientPolicyRepresentation: gocloak.ClientPolicyRepresentation{Clients: &[]string{requester}},
	})
	if err != nil {
		return err
	}
	permission, err := client.GetPermissionScope(ctx, token, realm, management, permissionID)
	if err != nil {
		return err
	}
	permission.Policies = &[]string{*policy.ID}
	return client.UpdatePermissionScope(ctx, token, realm, management, permissionID, *permission)
}

func exchange(clientID, subject string) (*gocloak.JWT, error) {
	return client.LoginClientTokenExchange(ctx, clientID, subject, clientID+"-secret", realm, "service-b", "")
}

func refused(clientID, subject string) error {
	_, err := exchange(clientID, subject)
	var refusal *gocloak.APIError
	if !errors.As(err, &refusal) || strconv.Itoa(refusal.Code) != os.Getenv("REFUSED_STATUS") || !strings.Contains(refusal.Message, os.Getenv("REFUSED_ERROR")) {
		return fmt.Errorf("%s was not refused: %v", clientID, err)
	}
	return nil
}
