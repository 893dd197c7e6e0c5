package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"rollcall"
	"rollcall/client"
)

// remoteImport is one import on another server, as this command sees it.
type remoteImport struct {
	command *importCommand
	options rollcall.ImportOptions
	server  *client.Client
	watch   *progress
	file    *os.File
	info    os.FileInfo // as it was before it was read
	digest  string      // SHA-256, hexadecimal
	asked   string      // stands for all that decides what the import does with the file
	notes   *importNotes
	wentOn  string
	began   time.Time
}

// there sends the file to another server, has it imported there, and follows the
// import to its end. What it gives is nil where no import began.
func (i *importCommand) there(c *console, options rollcall.ImportOptions) (*importEnd, error) {
	watch := newProgress(c.err)
	defer watch.end()
	server, err := i.client(i.Application, watch.say)
	if err == nil {
		err = i.checkRemote()
	}
	if err != nil {
		return nil, asUsage(err)
	}
	r := &remoteImport{command: i, options: options, server: server, watch: watch, began: time.Now()}
	var im *client.Import
	if err = r.open(c); err == nil {
		defer r.file.Close()
		im, err = r.begin(c)
	}
	if errors.Is(err, context.Canceled) {
		return nil, &rollcall.Error{Code: rollcall.CodeConflict, Message: "Interrupted before the server began to import; the same command goes on from where it is.", Err: err}
	}
	if err != nil {
		return nil, atFlags(err)
	}
	return r.follow(c, im)
}

// checkRemote finds out what would else show after the file was sent.
func (i *importCommand) checkRemote() error {
	l := rollcall.NewContactList(rollcall.SourceLocalDrive, time.Now())
	if l.Name, l.Description = i.List, i.Description; l.Description == "" {
		l.Description = "its file's name"
	}
	if err := l.Validate(); err != nil {
		return err
	}
	for _, path := range []string{i.Rejects, i.Ledger} {
		if path == "" {
			continue
		}
		if err := writeFile(path+".check", func(io.Writer) error { return nil }); err != nil {
			return err
		}
		if err := os.Remove(path + ".check"); err != nil {
			return err
		}
	}
	return nil
}

// open opens the file, and reads it once for its digest.
func (r *remoteImport) open(ctx context.Context) (err error) {
	path := r.command.File
	// Before it is opened: to open a pipe waits for whoever writes into it.
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return &rollcall.Error{Code: rollcall.CodeInvalid, Field: "file", Message: "The file " + path + " cannot be read.", Err: err}
	case !info.Mode().IsRegular():
		return rollcall.Invalid("file", path+" is not a regular file; save it as one first.")
	case info.Size() == 0:
		return rollcall.Invalid("file", "The file is empty.")
	}
	if r.file, err = os.Open(path); err != nil {
		return &rollcall.Error{Code: rollcall.CodeInvalid, Field: "file", Message: "The file " + path + " cannot be read.", Err: err}
	}
	r.info = info
	if err := r.survey(ctx); err != nil {
		r.file.Close()
		return err
	}
	i := r.command
	r.notes = openNotes(strings.TrimRight(i.Server, "/"), strings.ToLower(i.Account), i.Application, r.digest, info.Size())
	text, err := json.Marshal([]any{rollcall.NameKey(i.List), i.Description, r.options})
	sum := sha256.Sum256(text)
	r.asked = hex.EncodeToString(sum[:])
	return err
}

func (r *remoteImport) survey(ctx context.Context) error {
	h, b := sha256.New(), make([]byte, 1<<20)
	for read := int64(0); ; {
		n, err := r.file.Read(b)
		h.Write(b[:n])
		read += int64(n)
		switch {
		case errors.Is(err, io.EOF):
			r.digest = hex.EncodeToString(h.Sum(nil))
			return nil
		case err != nil:
			return &rollcall.Error{Code: rollcall.CodeInvalid, Field: "file", Message: "The file cannot be read to its end.", Err: err}
		case ctx.Err() != nil:
			return ctx.Err()
		}
		r.watch.show(step{stage: "survey", beside: "checking", line: "checking the file", done: read, total: r.info.Size()})
	}
}

// begin gives the import: that of an earlier command, or one that it makes after
// the file was sent.
func (r *remoteImport) begin(ctx context.Context) (*client.Import, error) {
	if im, err := r.earlier(ctx); im != nil || err != nil {
		return im, err
	}
	for again := false; ; again = true {
		im, err := r.sendAndCreate(ctx)
		gone := errors.Is(err, client.ErrNoUpload)
		e, ok := errors.AsType[*rollcall.Error](err)
		// Somebody made a list of this name after we had looked: then it goes into that.
		taken := ok && e.Reason == rollcall.ReasonNameTaken
		if again || !gone && !taken {
			return im, err
		}
		if gone {
			if err := r.notes.forget(); err != nil {
				return nil, err
			}
		}
	}
}

// earlier gives the import that an earlier command began; nil: there is none.
func (r *remoteImport) earlier(ctx context.Context) (*client.Import, error) {
	call := r.notes.Calls[r.asked]
	if call == nil || call.ImportID == "" {
		return nil, nil
	}
	im, err := r.server.Import(ctx, call.ImportID)
	if err != nil {
		if rollcall.CodeOf(err) != rollcall.CodeNotFound {
			return nil, err
		}
		return nil, r.notes.drop(r.asked) // it went with its list
	}
	r.wentOn = "following the import that an earlier command began at " + im.CreatedAt.Local().Format(time.DateTime)
	r.watch.say("Following the import " + im.ImportID + ", which an earlier command began.")
	return im, nil
}

func (r *remoteImport) sendAndCreate(ctx context.Context) (*client.Import, error) {
	if err := r.send(ctx); err != nil {
		if rollcall.CodeOf(err) != rollcall.CodeInternal || errors.Is(err, client.ErrNoUpload) {
			return nil, err
		}
		return nil, errors.Join(err, rollcall.Conflict(rollcall.ReasonInvalidState, "The file is not sent to its end; the same command goes on from where it is."))
	}
	im, err := r.create(ctx)
	if err != nil || im.File.Digest == "" || im.File.Digest == r.digest {
		return im, err
	}
	err = rollcall.Conflict(rollcall.ReasonInvalidState, "What arrived at the server is not the file that was read; it was changed meanwhile. The import is cancelled; send the file again.")
	return nil, errors.Join(err, r.server.Cancel(ctx, im.ImportID), r.notes.end(r.asked))
}

// send sends what the server lacks of the file.
func (r *remoteImport) send(ctx context.Context) (err error) {
	size := r.info.Size()
	if r.notes.begun() {
		r.wentOn = "with what an earlier command had sent of the file"
	} else {
		if r.notes.UploadID, err = r.server.CreateUpload(ctx, filepath.Base(r.command.File), size); err != nil {
			return err
		}
		if err := r.notes.save(); err != nil {
			r.watch.say("No notes can be kept of this import (" + err.Error() + "); a repeated command would begin anew.")
			r.notes.path = ""
		}
	}
	err = r.server.SendUpload(ctx, r.notes.UploadID, r.file, size, func(sent int64) {
		r.watch.show(step{stage: "send", beside: "sending", line: "sending the file", done: sent, total: size})
	})
	if err != nil {
		return err
	}
	now, err := os.Stat(r.command.File)
	if err == nil && now.Size() == size && now.ModTime().Equal(r.info.ModTime()) {
		return nil
	}
	return errors.Join(rollcall.Invalid("file", "The file was changed while it was sent; send it again when it is ready."), r.notes.forget())
}

// create has the upload imported, once, also if an earlier command asked for it and
// never heard the answer.
func (r *remoteImport) create(ctx context.Context) (*client.Import, error) {
	i := r.command
	call := r.notes.Calls[r.asked]
	if call == nil {
		list, err := r.server.FindList(ctx, i.List)
		if err != nil {
			return nil, err
		}
		call, err = client.NewCall(list, client.NewList{Name: i.List, Description: i.Description, ListType: r.options.ListType}, r.notes.UploadID, r.options)
		if err == nil {
			err = r.notes.note(r.asked, call)
		}
		if err != nil {
			return nil, err
		}
	}
	im, err := r.server.CreateImport(ctx, call, r.notes.UploadID)
	if err != nil {
		if code := rollcall.CodeOf(err); code != rollcall.CodeInternal && code != rollcall.CodeTimeout && code != rollcall.CodeRateLimited {
			// It was refused, so nothing was made; another try is another call.
			err = errors.Join(err, r.notes.drop(r.asked))
		}
		return nil, err
	}
	call.ImportID = im.ImportID
	return im, r.notes.save()
}
