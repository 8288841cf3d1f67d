package discord

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bwmarrin/discordgo"

	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/sanitize"
	"didops/tools"
)

// maxMember is the most characters of a member's name that are shown.
const maxMember = 64

// member is who sent an interaction, and what the member may do. Roles of the
// gate are levels, and an approver there may ask for changes as well; here the
// two are roles of their own, so both are kept.
type member struct {
	principal identity.Principal
	requests  bool // may ask for changes
	decides   bool // may approve and reject
}

// admit returns who sent an interaction, or why nobody is answered there. It
// goes by the interaction itself, which Discord fills in anew for each.
func (b *Bot) admit(i *discordgo.Interaction) (member, error) {
	switch {
	case i.GuildID == "" || i.Member == nil || i.Member.User == nil:
		return member{}, fault.New(fault.Forbidden, "this works in a server only, not in direct messages")
	case !slices.Contains(b.Guilds, i.GuildID):
		return member{}, fault.New(fault.Forbidden, "this server is not one of those in which it works").
			WithHint("an operator can add its id to guild_ids under [discord]")
	case i.Member.User.Bot || i.Member.User.System:
		return member{}, fault.New(fault.Forbidden, "other bots are not answered")
	}
	roles := b.Roles()
	has := func(wanted []string) bool {
		return slices.ContainsFunc(wanted, func(id string) bool { return slices.Contains(i.Member.Roles, id) })
	}
	m := member{
		principal: identity.Principal{Surface: identity.Discord, ID: i.Member.User.ID, Name: nameOf(i.Member)},
		requests:  has(roles.Requesters), decides: has(roles.Approvers),
	}
	switch {
	case m.decides:
		m.principal.Role = identity.Approver
	case m.requests:
		m.principal.Role = identity.Requester
	case len(roles.Readers) == 0 || has(roles.Readers):
		m.principal.Role = identity.Reader
	default:
		return member{}, &denial{"This needs the role %s.", roles.Readers}
	}
	return m, nil
}

// nameOf is a member's name as others see it.
func nameOf(m *discordgo.Member) string {
	for _, name := range []string{m.Nick, m.User.GlobalName, m.User.Username, m.User.ID} {
		if name = sanitize.Clean(name, maxMember); name != "" {
			return name
		}
	}
	return "somebody"
}

// mayCall returns why the member may not call an operation, with the role that
// it needs.
func (t *interaction) mayCall(tool *tools.Tool) error {
	switch {
	case tool.Decides():
		return t.mayDecide()
	case tool.Orders() || tool.Needs() == identity.Requester:
		return t.mayRequest()
	}
	return nil
}

func (t *interaction) mayRequest() error {
	if t.who.requests {
		return nil
	}
	roles := t.Roles().Requesters
	if len(roles) == 0 {
		return fault.New(fault.Forbidden, "nobody may ask for changes on Discord").
			WithHint("an operator can name roles in requester_roles under [discord]")
	}
	return &denial{"Only members with the role %s may ask for changes.", roles}
}

func (t *interaction) mayDecide() error {
	if t.who.decides {
		return nil
	}
	roles := t.Roles().Approvers
	if len(roles) == 0 {
		return fault.New(fault.Forbidden, "nobody can decide orders on Discord").
			WithHint("an operator can name roles in approver_roles under [discord]")
	}
	return &denial{"Only members with the role %s decide orders.", roles}
}

// call is a call of the gate by the member.
func (t *interaction) call(tool string) tools.Call {
	return tools.Call{Tool: tool, Frontend: identity.FrontDiscord, Principal: t.who.principal}
}

// denial says which roles are needed for what. It is no fault, because the
// names of roles are Discord's to draw.
type denial struct {
	what  string // "only members with the role %s …"
	roles []string
}

// Error implements error, with the roles' ids.
func (d *denial) Error() string { return fmt.Sprintf(d.what, strings.Join(d.roles, " or ")) }

// markdown is the denial with the roles by their names. Nobody is called by
// it.
func (d *denial) markdown() string {
	var list []string
	for _, id := range d.roles {
		list = append(list, "<@&"+id+">")
	}
	return fmt.Sprintf(d.what, strings.Join(list, " or "))
}
