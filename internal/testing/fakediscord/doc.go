// Package fakediscord is a Discord for tests: REST API and gateway on
// loopback, people who use the bot, and Discord's bad days. Only tests import
// it.
//
// A bot reaches it with [Fake.URL] as rest_url, [Fake.Token] as token and,
// where interactions are to arrive by HTTP, [Fake.PublicKey] as public_key and
// its own address given to [Fake.DeliverTo].
//
//	f := fakediscord.New(t)
//	alice := fakediscord.Actor{ID: "1001", Name: "alice", Roles: []string{"buyers"}}
//	i := f.Slash(t, alice, "did search", fakediscord.Options{"country": "UAE"})
//	m := i.Message(t)                               // waits for the answer, after a deferral for its edit
//	i = f.Select(t, alice, m, m.Selects()[0].CustomID, "some value")
//	i = f.Press(t, alice, m, "v1:approve:o-1")      // by custom_id, or by label
//	i = f.Submit(t, alice, i.Modal(t), map[string]string{"digits": "4567"})
//	i = f.Autocomplete(t, alice, "did search", "country", "u", nil)
//	_ = i.Choices(t)
//
// Commands must have been put to the guild before they are used, with the
// options that are given; [Lenient] lifts that. People: [Actor]. An answer: [Interaction.Ack]
// (the first response), [Interaction.Message], [Interaction.MessageWhere],
// [Interaction.Followup], [Interaction.Modal], [Interaction.Choices],
// [Interaction.Expire] (its token is good for nothing any more).
//
// Messages of a channel: [Fake.Posted] waits for the n-th, [Fake.MessageWhere]
// for one that suits, [Fake.Messages] has those of now, [Fake.Delete] deletes
// one. What is on it: [Message.Text], [Message.Buttons], [Message.Selects],
// [Message.Files]. A message that was handed out is a copy of its state then;
// pressing a button of an old copy is what a person does whose client shows
// an old state.
//
// Channels: [Fake.SetPlace] makes one a forum or takes permissions away,
// [Fake.Direct] is that of direct messages to somebody, who may refuse them,
// [Fake.Chatter] lets others write, [Fake.ForgetNonces] is the end of a few
// minutes.
//
// Bad days: [Fake.Inject] a [Fault] (429 in JSON or HTML, 5xx, any status with
// a code of Discord's, a cut or held answer, before or after the request was
// carried out), per route. The gateway: [Fake.Reconnect] (op 7),
// [Fake.InvalidSession] (op 9), [Fake.Drop], [Fake.CloseGateway],
// [Fake.Script] for the connections that come next (no hello, no READY, no
// heartbeat acknowledgements, refusal of the token), [Fake.Connected] waits
// for the n-th session, [Fake.Disconnected] until none is left.
//
// Limits: [Limited] holds to Discord's own, per route and channel or
// interaction, and counts what it turns away ([Fake.Refused]). Time:
// [InMemory] takes no socket, so that all of it goes on in a bubble of
// testing/synctest, by the clock of the test; [Request.At] says when a request
// came.
//
// Every request is recorded ([Fake.Requests], [Fake.Request] waits for the
// n-th of a route) and checked against Discord's OpenAPI, where it can be
// found ($DISCORD_OPENAPI, else shared/discord/openapi.json in a directory
// above), and against rules that Discord has besides. What is found fails the
// test at its end; [Fake.Violations] has it before, [Fake.Forgive] takes it
// away.
//
// Waiting ends with the test after ten seconds; nothing in here sleeps.
package fakediscord
