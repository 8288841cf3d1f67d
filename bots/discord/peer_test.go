package discord_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/bwmarrin/discordgo"

	"didops/bots/discord/gateway"
)

const (
	guild         = "900"
	approvals     = "700"
	general       = "701"
	auditing      = "702"
	requesterRole = "11"
	approverRole  = "12"
	readerRole    = "13"
)

// rest is Discord as the bot reaches it outside of interactions.
type rest struct {
	tb testing.TB

	mu       sync.Mutex
	n        int
	commands map[string][]*discordgo.ApplicationCommand
	puts     int
	messages map[string]*shown // by id
	order    []string
	nonces   map[string]string
	edits    int
	fail     func(what, channel string) error // nil: nothing fails
	lost     func(what string) error          // nil: no answer of what was carried out is lost
	refuses  string                           // "" = every content is accepted
	hold     func(what, channel string)       // nil: nothing waits
	access   gateway.Access                   // to every channel
}

// shown is a message as Discord has it.
type shown struct {
	id, channel string
	content     string
	controls    []discordgo.MessageComponent
	files       map[string]string
	flags       discordgo.MessageFlags
	edited      int
	called      []string // users and roles
	answers     string   // the message that it is a reply to
}

func newRest(tb testing.TB) *rest {
	tb.Helper()
	return &rest{
		tb: tb, commands: map[string][]*discordgo.ApplicationCommand{}, messages: map[string]*shown{}, nonces: map[string]string{},
		access: gateway.Access{Guild: guild, Permissions: discordgo.PermissionAll},
	}
}

func (r *rest) fails(what, channel string) error {
	r.mu.Lock()
	fail, hold := r.fail, r.hold
	r.mu.Unlock()
	if hold != nil {
		hold(what, channel)
	}
	if fail == nil {
		return nil
	}
	return fail(what, channel)
}

func (r *rest) Application(context.Context) (string, error) { return "1", nil }

func (r *rest) Commands(_ context.Context, g string) ([]*discordgo.ApplicationCommand, error) {
	if err := r.fails("commands", g); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.commands[g], nil
}

// PutCommands keeps commands as Discord gives them back: with ids, without the
// contexts, and with empty lists left out.
func (r *rest) PutCommands(_ context.Context, g string, list []*discordgo.ApplicationCommand) error {
	if err := r.fails("put", g); err != nil {
		return err
	}
	raw, err := json.Marshal(list)
	if err != nil {
		return err
	}
	var back []*discordgo.ApplicationCommand
	if err := json.Unmarshal(raw, &back); err != nil {
		return err
	}
	for i, c := range back {
		c.ID, c.ApplicationID, c.GuildID, c.Version, c.Contexts = fmt.Sprint(i), "1", g, "1", nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.puts++
	r.commands[g] = back
	return nil
}

func (r *rest) Post(_ context.Context, channel string, m *discordgo.MessageSend, nonce string) (string, error) {
	if err := r.fails("post", channel); err != nil {
		return "", err
	}
	if len(nonce) == 0 || len(nonce) > 25 {
		r.tb.Errorf("got the nonce %q, want 1 to 25 characters", nonce)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if id, ok := r.nonces[nonce]; ok && r.messages[id] != nil {
		return id, nil
	}
	if r.refuses != "" && strings.Contains(m.Content, r.refuses) {
		return "", fmt.Errorf("post: %w", gateway.ErrInvalid)
	}
	r.n++
	s := &shown{id: idNow(r.n), channel: channel, content: m.Content, controls: m.Components, files: filesOf(r.tb, m.Files), flags: m.Flags}
	checkCalled(r.tb, s, m.AllowedMentions)
	if m.Reference != nil {
		s.answers = m.Reference.MessageID
	}
	r.messages[s.id], r.nonces[nonce] = s, s.id
	r.order = append(r.order, s.id)
	if r.lost != nil {
		if err := r.lost("post"); err != nil {
			return "", err
		}
	}
	return s.id, nil
}

// Direct returns a channel for each user.
func (r *rest) Direct(_ context.Context, user string) (string, error) {
	return "to " + user, r.fails("direct", user)
}

// Fetch returns what stands in the address of a file.
func (r *rest) Fetch(_ context.Context, file gateway.Upload, most int) ([]byte, error) {
	if err := r.fails("fetch", file.URL); err != nil {
		return nil, err
	}
	return []byte(file.URL[:min(len(file.URL), most)]), nil
}

// say keeps a message of the bot's that answers an interaction.
func (r *rest) say(channel string, s shown) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.n++
	s.id, s.channel = idNow(r.n), channel
	r.messages[s.id] = &s
	r.order = append(r.order, s.id)
	return s.id
}

func (r *rest) Messages(_ context.Context, channel, after string) ([]gateway.Entry, error) {
	if err := r.fails("messages", channel); err != nil {
		return nil, err
	}
	var list []gateway.Entry
	for _, s := range r.in(channel) {
		e := gateway.Entry{ID: s.id, Mine: true}
		if texts := s.texts(); len(texts) > 0 {
			e.Foot = texts[len(texts)-1]
		}
		if gateway.CompareIDs(s.id, after) > 0 && len(list) < 100 {
			list = append(list, e)
		}
	}
	return list, nil
}

func (r *rest) Exists(_ context.Context, channel, message string) error {
	if err := r.fails("exists", channel); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if s, ok := r.messages[message]; !ok || s.channel != channel {
		return fmt.Errorf("exists: %w", gateway.ErrGone)
	}
	return nil
}

func (r *rest) Access(_ context.Context, channel string) (gateway.Access, error) {
	if err := r.fails("access", channel); err != nil {
		return gateway.Access{}, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.access, nil
}

func (r *rest) Edit(_ context.Context, channel, message string, m *discordgo.MessageEdit) error {
	if err := r.fails("edit", channel); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	s, ok := r.messages[message]
	if !ok || s.channel != channel {
		return fmt.Errorf("edit: %w", gateway.ErrGone)
	}
	s.edited++
	r.edits++
	if m.Components != nil {
		s.controls = *m.Components
	}
	if m.Attachments != nil {
		s.files = filesOf(r.tb, m.Files)
	}
	check(r.tb, s, m.AllowedMentions)
	return nil
}

// idNow is an id that Discord gives at the moment, the nth of all.
func idNow(n int) string {
	return fmt.Sprint((time.Now().UnixMilli()-1_420_070_400_000)<<22 + int64(n))
}

// in returns copies of the messages of a channel, oldest first.
func (r *rest) in(channel string) []shown {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []shown
	for _, id := range r.order {
		if s, ok := r.messages[id]; ok && s.channel == channel {
			list = append(list, *s)
		}
	}
	return list
}

func (r *rest) remove(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.messages, id)
}

func (r *rest) failing(fail func(what, channel string) error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fail = fail
}

// reply is what came of one interaction.
type reply struct {
	tb testing.TB

	mu      sync.Mutex
	acks    []*discordgo.InteractionResponse
	last    *shown  // the message that answers, or that the component is on
	more    []shown // further messages
	edits   []string
	rest    *rest // where further messages that everybody sees are kept; nil = nowhere
	ackErr  error
	editErr func(n int) error
}

func (r *reply) Ack(_ context.Context, a *discordgo.InteractionResponse) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.acks = append(r.acks, a)
	if r.ackErr != nil {
		return r.ackErr
	}
	if len(r.acks) > 1 {
		r.tb.Errorf("got a second first response %+v", a)
	}
	if a.Type == discordgo.InteractionResponseChannelMessageWithSource {
		r.last = &shown{controls: a.Data.Components, flags: a.Data.Flags}
		check(r.tb, r.last, a.Data.AllowedMentions)
	}
	if a.Type == discordgo.InteractionResponseModal {
		checkModal(r.tb, a.Data)
	}
	return nil
}

func (r *reply) Edit(_ context.Context, e *discordgo.WebhookEdit) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := &shown{files: filesOf(r.tb, e.Files)}
	if e.Components != nil {
		s.controls = *e.Components
	}
	r.edits = append(r.edits, s.text())
	if r.editErr != nil {
		if err := r.editErr(len(r.edits)); err != nil {
			return err
		}
	}
	check(r.tb, s, e.AllowedMentions)
	r.last = s
	return nil
}

func (r *reply) Followup(_ context.Context, p *discordgo.WebhookParams) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := shown{content: p.Content, controls: p.Components, files: filesOf(r.tb, p.Files), flags: p.Flags}
	check(r.tb, &s, p.AllowedMentions)
	r.more = append(r.more, s)
	if r.rest == nil || s.flags&discordgo.MessageFlagsEphemeral != 0 {
		return "", nil
	}
	return r.rest.say(general, s), nil
}

// hidden reports whether only the user sees what was answered at first.
func (r *reply) hidden() bool {
	return len(r.acks) == 1 && r.acks[0].Data != nil && r.acks[0].Data.Flags&discordgo.MessageFlagsEphemeral != 0
}

// said is every text that the user was shown.
func (r *reply) said() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var b strings.Builder
	if r.last != nil {
		b.WriteString(r.last.text())
	}
	for _, m := range r.more {
		b.WriteString(m.text())
	}
	return b.String()
}

func filesOf(tb testing.TB, list []*discordgo.File) map[string]string {
	tb.Helper()
	out := map[string]string{}
	for _, f := range list {
		data, err := io.ReadAll(f.Reader)
		if err != nil {
			tb.Error(err)
		}
		out[f.Name] = string(data)
	}
	return out
}

// text is a message as a person would describe it: its edge, texts, controls
// with what they lead to, files.
func (s *shown) text() string {
	var b strings.Builder
	if s.content != "" {
		b.WriteString(s.content + "\n")
	}
	for _, c := range flat(s.controls) {
		switch c := c.(type) {
		case discordgo.Container:
			fmt.Fprintf(&b, "#%06X\n", *c.AccentColor)
		case discordgo.TextDisplay:
			b.WriteString(c.Content + "\n")
		case discordgo.Separator:
			b.WriteString("----\n")
		case discordgo.FileComponent:
			fmt.Fprintf(&b, "<%s>\n", c.File.URL)
		case discordgo.Button:
			fmt.Fprintf(&b, "[%s] style %d: %s\n", c.Label, c.Style, stable(c.CustomID))
		case discordgo.SelectMenu:
			fmt.Fprintf(&b, "<%s> %s\n", c.Placeholder, c.CustomID)
			for _, o := range c.Options {
				fmt.Fprintf(&b, "  %s | %s\n", o.Value, o.Description)
			}
		}
	}
	for name, data := range s.files {
		fmt.Fprintf(&b, "-- %s\n%s", name, data)
	}
	return b.String()
}

// json is the message as Discord is told of it.
func (s *shown) json(tb testing.TB) []byte {
	tb.Helper()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(map[string]any{"components": s.controls}); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// flat lists components with all that are in them.
func flat(list []discordgo.MessageComponent) []discordgo.MessageComponent {
	var out []discordgo.MessageComponent
	for _, c := range list {
		out = append(out, c)
		switch c := c.(type) {
		case discordgo.Container:
			out = append(out, flat(c.Components)...)
		case discordgo.ActionsRow:
			out = append(out, flat(c.Components)...)
		case discordgo.Section:
			out = append(append(out, flat(c.Components)...), c.Accessory)
		}
	}
	return out
}

// texts are the texts of a message.
func (s *shown) texts() []string {
	var list []string
	for _, c := range flat(s.controls) {
		if text, ok := c.(discordgo.TextDisplay); ok {
			list = append(list, text.Content)
		}
	}
	return list
}

// stable is an id without the token that is another in every run.
func stable(id string) string {
	if kept, _, ok := strings.Cut(id, "~"); ok {
		return kept + "~token"
	}
	return id
}

func components(c discordgo.MessageComponent) []discordgo.MessageComponent {
	if r, ok := c.(discordgo.ActionsRow); ok {
		return r.Components
	}
	return []discordgo.MessageComponent{c}
}

// control finds the id of the button whose label begins so.
func (s *shown) control(tb testing.TB, label string) string {
	tb.Helper()
	if s == nil {
		tb.Fatalf("got no message, want one with a button %q", label)
	}
	for _, c := range flat(s.controls) {
		if b, ok := c.(discordgo.Button); ok && strings.HasPrefix(b.Label, label) {
			return b.CustomID
		}
		if m, ok := c.(discordgo.SelectMenu); ok && strings.HasPrefix(m.Placeholder, prompts()[label]) && prompts()[label] != "" {
			return m.CustomID
		}
	}
	tb.Fatalf("got no button %q in\n%s", label, s.text())
	return ""
}

// prompts are how the prompts of menus begin, by what the tests call them.
func prompts() map[string]string {
	return map[string]string{"sort": "Sort", "several": "Several at once"}
}

// live reports whether an order can be decided by the message, or a button with
// a label pressed.
func (s *shown) live(label ...string) bool {
	if len(label) > 0 {
		return slices.ContainsFunc(flat(s.controls), func(c discordgo.MessageComponent) bool {
			b, ok := c.(discordgo.Button)
			return ok && b.Label == label[0] && !b.Disabled
		})
	}
	return slices.ContainsFunc(flat(s.controls), func(c discordgo.MessageComponent) bool {
		b, ok := c.(discordgo.Button)
		return ok && (strings.HasPrefix(b.CustomID, "v1:approve:") || strings.HasPrefix(b.CustomID, "v1:reject:"))
	})
}

// who is a member with roles.
func who(id, name string, roles ...string) *discordgo.Member {
	return &discordgo.Member{User: &discordgo.User{ID: id, Username: name}, Roles: roles}
}

func alice() *discordgo.Member { return who("1", "alice", requesterRole) }
func bob() *discordgo.Member   { return who("2", "bob", approverRole) }
func carol() *discordgo.Member { return who("3", "carol", approverRole) }
func eve() *discordgo.Member   { return who("4", "eve") }
func ann() *discordgo.Member   { return who("5", "ann", requesterRole, approverRole) }

func (h *harness) interaction(m *discordgo.Member, kind discordgo.InteractionType, data discordgo.InteractionData) *discordgo.Interaction {
	return &discordgo.Interaction{ID: "42", Type: kind, Data: data, GuildID: guild, ChannelID: general, Member: m, Token: secret}
}

func (h *harness) handle(i *discordgo.Interaction, prepare ...func(*reply)) *reply {
	h.tb.Helper()
	r := &reply{tb: h.tb, rest: h.rest}
	for _, p := range prepare {
		p(r)
	}
	h.bot.Handle(h.tb.Context(), i, r)
	if len(r.acks) != 1 {
		h.tb.Errorf("got %d first responses, want 1", len(r.acks))
	}
	return r
}

// given are options in the order written: name, value, name, value …
func given(pairs ...any) []*discordgo.ApplicationCommandInteractionDataOption {
	var list []*discordgo.ApplicationCommandInteractionDataOption
	for i := 0; i+1 < len(pairs); i += 2 {
		name, _ := pairs[i].(string)
		list = append(list, &discordgo.ApplicationCommandInteractionDataOption{Name: name, Type: discordgo.ApplicationCommandOptionString, Value: pairs[i+1]})
	}
	return list
}

func command(path string, options []*discordgo.ApplicationCommandInteractionDataOption) discordgo.ApplicationCommandInteractionData {
	noun, verb, _ := strings.Cut(path, " ")
	return discordgo.ApplicationCommandInteractionData{
		ID: "1", Name: noun, CommandType: discordgo.ChatApplicationCommand,
		Options: []*discordgo.ApplicationCommandInteractionDataOption{{Name: verb, Type: discordgo.ApplicationCommandOptionSubCommand, Options: options}},
	}
}

// slash sends a command.
func (h *harness) slash(m *discordgo.Member, path string, pairs ...any) *reply {
	h.tb.Helper()
	return h.handle(h.interaction(m, discordgo.InteractionApplicationCommand, command(path, given(pairs...))))
}

// press presses a button of a message. hidden tells whether only the user
// sees the message.
func (h *harness) press(m *discordgo.Member, id string, hidden bool, values ...string) *reply {
	h.tb.Helper()
	return h.handle(h.pressing(m, id, hidden, values...))
}

func (h *harness) pressing(m *discordgo.Member, id string, hidden bool, values ...string) *discordgo.Interaction {
	i := h.interaction(m, discordgo.InteractionMessageComponent, discordgo.MessageComponentInteractionData{CustomID: id, Values: values})
	i.Message = &discordgo.Message{ID: "1"}
	if hidden {
		i.Message.Flags = discordgo.MessageFlagsEphemeral
	}
	return i
}

// submit sends a modal that was opened, with what was typed into its inputs.
func (h *harness) submit(m *discordgo.Member, opened *reply, hidden bool, typed ...string) *reply {
	h.tb.Helper()
	if len(opened.acks) != 1 || opened.acks[0].Type != discordgo.InteractionResponseModal {
		h.tb.Fatalf("got %s, want a modal", opened.said())
	}
	modal := opened.acks[0].Data
	data := discordgo.ModalSubmitInteractionData{CustomID: modal.CustomID}
	for n, c := range modal.Components {
		in := inputOf(h.tb, c)
		if n < len(typed) {
			in.Value = typed[n]
		}
		data.Components = append(data.Components, &discordgo.ActionsRow{Components: []discordgo.MessageComponent{&in}})
	}
	i := h.interaction(m, discordgo.InteractionModalSubmit, data)
	i.Message = &discordgo.Message{ID: "1"}
	if hidden {
		i.Message.Flags = discordgo.MessageFlagsEphemeral
	}
	return h.handle(i)
}

// check fails the test for a message that Discord would not take.
func check(tb testing.TB, s *shown, mentions *discordgo.MessageAllowedMentions) {
	tb.Helper()
	if mentions == nil || len(mentions.Parse)+len(mentions.Users)+len(mentions.Roles) > 0 {
		tb.Errorf("got mentions %+v, want none allowed", mentions)
	}
	if s.content == "" && len(s.controls) == 0 {
		tb.Error("got an empty message")
	}
	sum, all := 0, flat(s.controls)
	for _, text := range s.texts() {
		if sum += len(utf16.Encode([]rune(text))); text == "" {
			tb.Error("got an empty text")
		}
	}
	if sum > 4000 || len(s.content) > 2000 || len(all) > 40 {
		tb.Errorf("got %d characters, %d of content, %d components", sum, len(s.content), len(all))
	}
	var ids, named []string
	for _, c := range all {
		switch c := c.(type) {
		case discordgo.ActionsRow:
			if len(c.Components) < 1 || len(c.Components) > 5 {
				tb.Errorf("got %d controls in a row", len(c.Components))
			}
		case discordgo.FileComponent:
			named = append(named, c.File.URL)
		case discordgo.Button:
			if c.Style != discordgo.LinkButton || c.URL == "" {
				ids = append(ids, c.CustomID) // a link has none
			}
			if n := len([]rune(c.Label)); n < 1 || n > 80 {
				tb.Errorf("got a label %q", c.Label)
			}
		case discordgo.SelectMenu:
			ids = append(ids, c.CustomID)
			if len(c.Options) < 1 || len(c.Options) > 25 || c.MaxValues > len(c.Options) {
				tb.Errorf("got a menu of %d options, up to %d of them", len(c.Options), c.MaxValues)
			}
		}
	}
	checkNames(tb, s, ids, named)
	if strings.Contains(s.text(), secret) {
		tb.Errorf("got the secret in %s", s.text())
	}
}

// checkCalled is check for a message that may call those whom it names.
func checkCalled(tb testing.TB, s *shown, mentions *discordgo.MessageAllowedMentions) {
	tb.Helper()
	if mentions != nil {
		for _, id := range mentions.Users {
			s.called = append(s.called, "<@"+id+">")
		}
		for _, id := range mentions.Roles {
			s.called = append(s.called, "<@&"+id+">")
		}
		mentions = &discordgo.MessageAllowedMentions{Parse: mentions.Parse}
	}
	for _, mention := range s.called {
		if !strings.Contains(s.text(), mention) {
			tb.Errorf("got %s called, which is not named in %s", mention, s.text())
		}
	}
	check(tb, s, mentions)
}

// checkNames wants every control to have an id of its own, and every file to be
// named by a component.
func checkNames(tb testing.TB, s *shown, ids, named []string) {
	tb.Helper()
	for n, id := range ids {
		if id == "" || len([]rune(id)) > 100 || slices.Contains(ids[:n], id) {
			tb.Errorf("got the id %q, want one of its own of 1 to 100 characters", id)
		}
	}
	for name := range s.files {
		if !slices.Contains(named, "attachment://"+name) {
			tb.Errorf("got the file %s, which nobody sees", name)
		}
	}
	if len(named) != len(s.files) {
		tb.Errorf("got the files %q named, and %d are there", named, len(s.files))
	}
}

func checkModal(tb testing.TB, d *discordgo.InteractionResponseData) {
	tb.Helper()
	if n := len([]rune(d.Title)); n < 1 || n > 45 || len(d.CustomID) > 100 || len(d.Components) < 1 || len(d.Components) > 5 {
		tb.Errorf("got a modal %q %q with %d inputs", d.Title, d.CustomID, len(d.Components))
	}
	for _, c := range d.Components {
		in := inputOf(tb, c)
		if n := len([]rune(in.Label)); n < 1 || n > 45 || len([]rune(in.Placeholder)) > 100 || in.CustomID == "" {
			tb.Errorf("got an input %+v", in)
		}
	}
}

// inputOf is an input of a modal as it comes back: in a row, or under a label,
// of which the gateway makes the same.
func inputOf(tb testing.TB, c discordgo.MessageComponent) discordgo.TextInput {
	tb.Helper()
	if in, ok := components(c)[0].(discordgo.TextInput); ok {
		return in
	}
	raw, err := json.Marshal(c)
	var label struct {
		Label     string `json:"label"`
		Component struct {
			CustomID string `json:"custom_id"`
			Value    string `json:"value"`
		} `json:"component"`
	}
	if err != nil || json.Unmarshal(raw, &label) != nil || label.Component.CustomID == "" {
		tb.Errorf("got %s (%v), want an input", raw, err)
	}
	return discordgo.TextInput{CustomID: label.Component.CustomID, Label: label.Label, Value: label.Component.Value}
}
