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

// message is one message of ours: an embed, controls and files.
type message struct {
	title, body string
	foot        string // what the message is about, in small
	colour      int
	rows        []discordgo.MessageComponent
	files       []chat.File
}

func (m message) embeds() []*discordgo.MessageEmbed {
	e := &discordgo.MessageEmbed{Title: m.title, Description: m.body, Color: m.colour}
	if m.foot != "" {
		e.Footer = &discordgo.MessageEmbedFooter{Text: cut(m.foot, maxTitle)}
	}
	if m.title == "" && m.body == "" {
		e.Description = "There is nothing to show."
	}
	return []*discordgo.MessageEmbed{e}
}

func (m message) uploads() []*discordgo.File {
	var list []*discordgo.File
	for _, f := range m.files {
		list = append(list, &discordgo.File{Name: f.Name, ContentType: f.Kind, Reader: bytes.NewReader(f.Data)})
	}
	return list
}

// controls is never nil: no controls take those away that are there.
func (m message) controls() []discordgo.MessageComponent {
	return append([]discordgo.MessageComponent{}, m.rows...)
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
	embeds, controls, none := m.embeds(), m.controls(), ""
	return &discordgo.WebhookEdit{
		Content: &none, Embeds: &embeds, Components: &controls, Files: m.uploads(), Attachments: m.attachments(), AllowedMentions: nobody(),
	}
}

// followup sends the message as a further one.
func (m message) followup(hidden bool) *discordgo.WebhookParams {
	p := &discordgo.WebhookParams{Embeds: m.embeds(), Components: m.controls(), Files: m.uploads(), AllowedMentions: nobody()}
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
			Embeds: m.embeds(), Components: m.controls(), Flags: discordgo.MessageFlagsEphemeral, AllowedMentions: nobody(),
		},
	}
}

// post is the message as one of the bot's own in a channel.
func (m message) post() *discordgo.MessageSend {
	return &discordgo.MessageSend{Embeds: m.embeds(), Components: m.controls(), Files: m.uploads(), AllowedMentions: nobody()}
}

// revise puts the message in place of one of the bot's own, and its files in
// place of those.
func (m message) revise() *discordgo.MessageEdit {
	embeds, controls := m.embeds(), m.controls()
	return &discordgo.MessageEdit{
		Embeds: &embeds, Components: &controls, Files: m.uploads(), Attachments: m.attachments(), AllowedMentions: nobody(),
	}
}

// nobody is called by anything that is written.
func nobody() *discordgo.MessageAllowedMentions {
	return &discordgo.MessageAllowedMentions{Parse: []discordgo.AllowedMentionType{}}
}
