package discord_test

import (
	"strings"
	"testing"

	"github.com/bwmarrin/discordgo"
)

// TestRights holds who may do what, at the command.
func TestRights(t *testing.T) {
	t.Parallel()
	readers := func(h *harness) { h.roles.Readers = []string{readerRole} }
	nobodyAsks := func(h *harness) { h.roles.Requesters = nil }
	nobodyDecides := func(h *harness) { h.roles.Approvers = nil }
	find, buy := command("line find", nil), command("line buy", given("numbers", line(1).Number))
	accept, cancel := command("slip accept", given("id", "sb-0001")), command("slip cancel", given("id", "sb-0001"))
	for _, tt := range []struct {
		name   string
		change func(*harness)
		member *discordgo.Member
		data   discordgo.ApplicationCommandInteractionData
		want   string // "" = may
	}{
		{"everybody reads", nil, eve(), find, ""},
		{"a reader by role", readers, who("5", "fay", readerRole), find, ""},
		{"an approver reads", readers, bob(), find, ""},
		{"no reader", readers, eve(), find, "<@&13>"},
		{"a requester asks", nil, alice(), buy, ""},
		{"a reader asks", nil, eve(), buy, "<@&11>"},
		{"an approver asks", nil, bob(), buy, "<@&11>"},
		{"an approver takes back", nil, bob(), cancel, "<@&11>"},
		{"both asks", nil, ann(), buy, ""},
		{"nobody may ask", nobodyAsks, ann(), buy, "requester\\_roles under \\[discord\\]"},
		{"a requester decides", nil, alice(), accept, "<@&12>"},
		{"nobody may decide", nobodyDecides, ann(), accept, "approver\\_roles under \\[discord\\]"},
		{"a bot", nil, &discordgo.Member{User: &discordgo.User{ID: "9", Username: "bot", Bot: true}, Roles: []string{approverRole, requesterRole}}, find, "Other bots"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := newHarness(t)
			if tt.change != nil {
				h = newHarness(t, tt.change)
			}
			r := h.handle(h.interaction(tt.member, discordgo.InteractionApplicationCommand, tt.data))
			refused := r.acks[0].Type == discordgo.InteractionResponseChannelMessageWithSource
			if !r.hidden() || refused != (tt.want != "") || !strings.Contains(r.said(), tt.want) {
				t.Errorf("got %s, want %q", r.said(), tt.want)
			}
		})
	}
}

// TestElsewhere holds that nobody is answered outside of the guilds named.
func TestElsewhere(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	for name, change := range map[string]func(*discordgo.Interaction){
		"another guild": func(i *discordgo.Interaction) { i.GuildID = "901" },
		"a message":     func(i *discordgo.Interaction) { i.GuildID, i.Member, i.User = "", nil, ann().User },
		"no user":       func(i *discordgo.Interaction) { i.Member.User = nil },
	} {
		for kind, data := range map[discordgo.InteractionType]discordgo.InteractionData{
			discordgo.InteractionApplicationCommand:             command("line find", nil),
			discordgo.InteractionApplicationCommandAutocomplete: command("line find", focused("town", "D")),
			discordgo.InteractionMessageComponent:               discordgo.MessageComponentInteractionData{CustomID: "v1:approve:sb-0001"},
			discordgo.InteractionModalSubmit:                    discordgo.ModalSubmitInteractionData{CustomID: "v1:digits:sb-0001"},
		} {
			i := h.interaction(ann(), kind, data)
			change(i)
			r := h.handle(i)
			if kind == discordgo.InteractionApplicationCommandAutocomplete {
				if len(r.acks[0].Data.Choices) != 0 {
					t.Errorf("%s: got suggestions", name)
				}
				continue
			}
			if !r.hidden() || !strings.Contains(r.said(), "server") {
				t.Errorf("%s: %v: got %s, want a sentence", name, kind, r.said())
			}
		}
	}
}

// TestRolesOfRules holds which roles of rules of approval a member has.
func TestRolesOfRules(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.roles.Groups = map[string][]string{"7": {"sales"}, "8": {"heads", "sales"}, "9": {"finance"}}
	m := alice()
	m.Roles = append(m.Roles, "8", "7")
	h.slash(m, "line buy", "numbers", line(1).Number)
	if got := strings.Join(h.Requests()[0].By.Principal.Groups, " "); got != "heads sales" {
		t.Errorf("got the roles %q, want heads and sales", got)
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	m := alice()
	m.Nick = "Ali\u202ece \n **the** best"
	h.slash(m, "line buy", "numbers", line(1).Number)
	if got := h.All()[0].RequestedBy.Name; got != "Alice **the** best" {
		t.Errorf("got %q, want the nick cleaned", got)
	}
	if got := h.Requests()[0].By.Principal.String(); got != "discord:1" {
		t.Errorf("got %s, want the user's id", got)
	}
}
