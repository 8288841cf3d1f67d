package app

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"didops/bots/shell"
	"didops/internal/audit"
	"didops/internal/config"
	"didops/internal/didyoumean"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/passkey"
	"didops/internal/sanitize"
	"didops/internal/store"
	"didops/internal/view"
)

// passkeysOf returns what people's passkeys are verified by; nil where there is no
// page. The key of the log is read from its file, which is made when something is
// first signed, and beside it stands what was seen of the trail.
func (a *app) passkeysOf(c *config.Config, kept *store.Store) (*passkey.Service, error) {
	if c.Web.URL == "" {
		return nil, nil
	}
	keys, err := a.keyring(c)
	if err != nil {
		return nil, err
	}
	if keys == nil {
		return nil, invalid("audit.key_file", "passkeys need a key of the log in a file, and the store is no file that it could stand beside").
			WithHint("name a file that all who use the store share")
	}
	return passkey.New(passkey.Config{
		Store: kept.Passkeys(), Key: keys, Page: c.Web.URL, Exchange: exchangeOf(c), SeenFile: seenFile(keys.File), Now: a.Now, Log: a.ordersLog(),
	})
}

// seenFile names the file, beside the one of a key, with what was seen of the trail.
func seenFile(key string) string { return strings.TrimSuffix(key, filepath.Ext(key)) + ".seen" }

func (a *app) passkeysCommand(face shell.Config) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "passkeys",
		Short: "Enrol, list and remove the passkeys by which people sign decisions",
		Long: "Where rules of approval want a passkey, an order is sent only when one signed exactly that order. Passkeys are enrolled " +
			"on the web page ([web] url), by a link that an operator makes here and hands to the person in some other way than through " +
			"the page. Enrolling and removing are entries of the audit trail.",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(&cobra.Command{
		Use:   "enrol NAME",
		Short: "Print a link by which a person enrols one passkey, within 30 minutes",
		Long: "Print a link by which a person of [[people]] enrols one passkey, within 30 minutes and once. Whoever has the link enrols as " +
			"that person, so hand it to nobody else. It is made at a terminal only, and not in an assistant's shell.",
		Args: one("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := face.Attended("a link to enrol a passkey", "no passkey is enrolled"); err != nil {
				return err
			}
			return a.enrolPasskey(cmd.Context(), args[0])
		},
	}, &cobra.Command{
		Use:   "list [NAME]",
		Short: "Show the passkeys of everybody, or of one person, and which of them count",
		Args:  cobra.MaximumNArgs(1),
		RunE:  func(cmd *cobra.Command, args []string) error { return a.listPasskeys(cmd.Context(), args) },
	}, &cobra.Command{
		Use:   "remove ID",
		Short: "Remove a passkey for good: nothing that it signed is sent any more",
		Args:  one("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := face.Attended("the removal of a passkey", "no passkey is removed"); err != nil {
				return err
			}
			return a.removePasskey(cmd.Context(), args[0])
		},
	})
	return cmd
}

// one takes one argument, in the words of the other commands.
func one(name string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 1 {
			return nil
		}
		return fault.New(fault.Invalid, "%s takes one argument, %s", cmd.CommandPath(), name)
	}
}

// openPasskeys returns the service, and an error where there is no page.
func (a *app) openPasskeys() (*config.Config, *passkey.Service, error) {
	c, err := a.config()
	if err != nil {
		return nil, nil, err
	}
	if c.Web.URL == "" {
		return nil, nil, invalid("web.url", "passkeys belong to the web page, and there is none").WithHint("say under [web] url where people reach it")
	}
	kept, err := a.openStore(c)
	if err != nil {
		return nil, nil, err
	}
	s, err := a.passkeysOf(c, kept)
	return c, s, err
}

// operator is who does something about passkeys at this terminal.
func (a *app) operator(ctx context.Context) audit.Actor {
	who := a.person(ctx)
	return audit.Actor{Realm: who.Realm, ID: who.ID, Name: who.Name, Via: identity.FrontShell.Via()}
}

// invitationReport is what "didops passkeys enrol --json" prints.
type invitationReport struct {
	Sandbox bool      `json:"sandbox"`
	Person  string    `json:"person"`
	Link    string    `json:"link"`
	Until   time.Time `json:"until"`
}

func (a *app) enrolPasskey(ctx context.Context, name string) error {
	c, s, err := a.openPasskeys()
	if err != nil {
		return err
	}
	var known []string
	for _, p := range pagePeople(c) {
		if known = append(known, p.Name); p.Name == name && p.Role == 0 {
			return invalid("people", "%s may do nothing on the page", sanitize.Clean(name, 64)).WithHint("give the person the role approver, requester or reader there first")
		}
	}
	if !slices.Contains(known, name) {
		err := invalid("people", "there is nobody named %q under [[people]]", sanitize.Clean(name, 64))
		if near := didyoumean.Words(name, known); len(near) > 0 {
			return err.WithHint("%s", didyoumean.Question(near))
		}
		return err.WithHint("name the person there first, with the role approver")
	}
	token, until, err := s.Invite(ctx, name, a.operator(ctx))
	if err != nil {
		return err
	}
	// The token stands behind #, which browsers send to nobody.
	r := invitationReport{Sandbox: c.Sandbox(), Person: name, Link: c.Web.URL + "/enrol#" + token, Until: until.Truncate(time.Second)}
	return a.shows(r, view.Doc{
		Title: "Enrol a passkey", Sandbox: r.Sandbox, Summary: fmt.Sprintf("By this link %s enrols one passkey, until %s.", name, r.Until.Format("15:04 UTC")),
		Blocks: []view.Block{view.Text(r.Link), view.Text("Whoever has the link enrols as " + name + ". It is good once.")},
	})
}

// passkeysReport is what "didops passkeys list --json" prints.
type passkeysReport struct {
	Sandbox  bool            `json:"sandbox"`
	Passkeys []passkeyReport `json:"passkeys"`
}

type passkeyReport struct {
	ID       string    `json:"id"`
	Person   string    `json:"person"`
	Origin   string    `json:"origin"`
	Enrolled time.Time `json:"enrolled_at"`
	Used     time.Time `json:"used_at,omitzero"`
	Synced   bool      `json:"synced"` // it may be copied to other devices of the person
	Counts   bool      `json:"counts"`
	Message  string    `json:"message,omitempty"` // why it does not
}

func (a *app) listPasskeys(ctx context.Context, names []string) error {
	c, s, err := a.openPasskeys()
	if err != nil {
		return err
	}
	person := ""
	if len(names) > 0 {
		person = names[0]
	}
	list, err := s.List(ctx, person)
	if err != nil {
		return err
	}
	r := passkeysReport{Sandbox: c.Sandbox(), Passkeys: []passkeyReport{}}
	table := view.Table{Columns: []view.Column{{Title: "Person"}, {Title: "Enrolled"}, {Title: "Last used"}, {Title: "Counts"}, {Title: "ID"}}}
	var notices []view.Block
	for _, l := range list {
		p := passkeyReport{
			ID: l.ID.String(), Person: l.Person, Origin: l.Origin, Enrolled: l.Enrolled.Truncate(time.Second), Used: l.Used.Truncate(time.Second),
			Synced: l.Synced(), Counts: l.Void == "", Message: l.Void,
		}
		r.Passkeys = append(r.Passkeys, p)
		used, counts := "never", "yes"
		if !p.Used.IsZero() {
			used = p.Used.Format(time.DateTime)
		}
		if !p.Counts {
			counts = "NO"
			notices = append(notices, view.Notice{Warning: true, Text: p.Message})
		}
		table.Rows = append(table.Rows, []string{sanitize.Clean(p.Person, 64), p.Enrolled.Format(time.DateTime), used, counts, p.ID})
	}
	doc := view.Doc{Title: "Passkeys", Sandbox: r.Sandbox, Summary: view.Plural(len(list), "passkey") + "."}
	if len(list) > 0 {
		doc.Blocks = append([]view.Block{table}, notices...)
	}
	return a.shows(r, doc)
}

func (a *app) removePasskey(ctx context.Context, id string) error {
	c, s, err := a.openPasskeys()
	if err != nil {
		return err
	}
	var raw passkey.Bytes
	if err := raw.UnmarshalText([]byte(id)); err != nil || len(raw) == 0 {
		return invalid("id", "%q is no id of a passkey", sanitize.Clean(id, 64)).WithHint("didops passkeys list shows all")
	}
	gone, err := s.Remove(ctx, raw, a.operator(ctx))
	if err != nil {
		return err
	}
	r := passkeyReport{ID: id, Person: gone.Person, Origin: gone.Origin, Enrolled: gone.Enrolled, Used: gone.Used, Synced: gone.Synced(), Message: "removed"}
	return a.shows(r, view.Doc{
		Title: "Passkeys", Sandbox: c.Sandbox(), Summary: "A passkey of " + sanitize.Clean(gone.Person, 64) + " was removed. What it signed and was not sent yet is not sent.",
	})
}
