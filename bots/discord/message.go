package discord

import (
	"bytes"

	"github.com/bwmarrin/discordgo"

	"didops/bots/chat"
)

// Colours of a message's edge.
const (
	blue   = 0x5865F2 // waits for somebody
	green  = 0x57F287 // done
	yellow = 0xFEE75C // under way, or to be looked at
	red    = 0xED4245 // failed, or not known
	grey   = 0x99AAB5 // over, and nothing was done; also what just informs
)

// message is one message of ours, in components v2: a container with texts,
// controls and files. A message of ours that was posted as an embed, by an
// earlier version, becomes one when it is written again; there is no way back,
// so that nothing is written otherwise.
type message struct {
	head   string // what it says, from the title on
	tail   string // what is said of it
	foot   string // what the message is about, in small
	colour int
	rows   []discordgo.MessageComponent
	files  []chat.File
	calls  chat.Calls
	reply  string // the id of the message that it is a reply to; "" = of none

	sections []discordgo.MessageComponent // rows of a list, above the controls
	taken    int                          // characters of their texts
}

// components are those of the message.
func (m message) components() []discordgo.MessageComponent {
	room := maxTexts - m.taken - size(m.foot)
	tail := cut(m.tail, room-1)
	head := cut(m.head, max(1, room-size(tail)))
	if head == "" && tail == "" {
		head = "There is nothing to show."
	}
	box := discordgo.Container{AccentColor: &m.colour}
	add := func(list ...discordgo.MessageComponent) { box.Components = append(box.Components, list...) }
	if head != "" {
		add(discordgo.TextDisplay{Content: head})
	}
	if head != "" && tail != "" {
		add(discordgo.Separator{})
	}
	if tail != "" {
		add(discordgo.TextDisplay{Content: tail})
	}
	if g := m.gallery(); len(g.Items) > 0 {
		add(g)
	}
	add(m.sections...)
	add(m.rows...)
	for _, f := range m.files { // else nobody sees them
		if f.Alt != "" {
			continue
		}
		add(discordgo.FileComponent{File: discordgo.UnfurledMediaItem{URL: "attachment://" + f.Name}})
	}
	if m.foot != "" {
		add(discordgo.TextDisplay{Content: m.foot})
	}
	return []discordgo.MessageComponent{box}
}

// gallery are the files that are pictures.
func (m message) gallery() discordgo.MediaGallery {
	var g discordgo.MediaGallery
	for _, f := range m.files {
		if f.Alt != "" {
			alt := cut(f.Alt, maxAlt)
			g.Items = append(g.Items, discordgo.MediaGalleryItem{Media: discordgo.UnfurledMediaItem{URL: "attachment://" + f.Name}, Description: &alt})
		}
	}
	return g
}

func (m message) uploads() []*discordgo.File {
	var list []*discordgo.File
	for _, f := range m.files {
		list = append(list, &discordgo.File{Name: f.Name, ContentType: f.Kind, Reader: bytes.NewReader(f.Data)})
	}
	return list
}

// attachments names the files that a message is to have after an edit, which
// are none but those that come with it.
func (m message) attachments() *[]*discordgo.MessageAttachment {
	list := []*discordgo.MessageAttachment{}
	for n, f := range m.files {
		list = append(list, &discordgo.MessageAttachment{ID: string('0' + rune(n)), Filename: f.Name})
	}
	return &list
}

// edit puts the message in place of one that answers an interaction.
func (m message) edit() *discordgo.WebhookEdit {
	components := m.components()
	return &discordgo.WebhookEdit{
		Components: &components, Files: m.uploads(), Attachments: m.attachments(), AllowedMentions: nobody(),
	}
}

// followup sends the message as a further one.
func (m message) followup(hidden bool) *discordgo.WebhookParams {
	p := &discordgo.WebhookParams{Components: m.components(), Files: m.uploads(), AllowedMentions: nobody()}
	if hidden {
		p.Flags = discordgo.MessageFlagsEphemeral
	}
	return p
}

// answer is the message as a first response that only the user sees.
func (m message) answer() *discordgo.InteractionResponse {
	return &discordgo.InteractionResponse{
		Type: discordgo.InteractionResponseChannelMessageWithSource,
		Data: &discordgo.InteractionResponseData{
			Components: m.components(), Flags: discordgo.MessageFlagsEphemeral, AllowedMentions: nobody(),
		},
	}
}

// post is the message as one of the bot's own in a channel.
func (m message) post() *discordgo.MessageSend {
	s := &discordgo.MessageSend{Components: m.components(), Files: m.uploads(), AllowedMentions: nobody()}
	s.AllowedMentions.Users, s.AllowedMentions.Roles = m.calls.Users, m.calls.Roles
	if m.reply != "" {
		missing := false // the message may have been deleted
		s.Reference = &discordgo.MessageReference{MessageID: m.reply, FailIfNotExists: &missing}
	}
	return s
}

// revise puts the message in place of one of the bot's own, and its files in
// place of those.
func (m message) revise() *discordgo.MessageEdit {
	components := m.components()
	return &discordgo.MessageEdit{
		Components: &components, Files: m.uploads(), Attachments: m.attachments(), AllowedMentions: nobody(),
	}
}

// nobody is called by anything that is written.
func nobody() *discordgo.MessageAllowedMentions {
	return &discordgo.MessageAllowedMentions{Parse: []discordgo.AllowedMentionType{}}
}
