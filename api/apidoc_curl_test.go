package api

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"rollcall"
	"rollcall/store"
	"rollcall/store/storetest"
)

// TestAPIDoc_CurlLines pastes the curl line of every call of docs/api.md into a shell,
// against a server that has what the line names.
func TestAPIDoc_CurlLines(t *testing.T) {
	doc, err := os.ReadFile(docFile)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := exec.LookPath("curl"); err != nil {
		t.Fatal(err)
	}
	openAPI := document()
	for _, rt := range routes {
		t.Run(rt.id, func(t *testing.T) {
			t.Parallel()
			b := rt.bases[0]
			line := curl(rt, b, openAPI.Paths.Value(b.prefix+rt.path).GetOperation(rt.method))
			if !strings.Contains(string(doc), "```sh\n"+line+"\n```") {
				t.Fatalf("docs/api.md does not have the line\n%s", line)
			}
			w := newWorld(t, storetest.Open(t, store.Config{DataDir: t.TempDir()}))
			p := &pasted{site: w.serve(w.api), dir: t.TempDir()}
			status, body := p.paste(line, p.prepare(rt.id))
			if status[0] != '2' {
				t.Errorf("%s\nis answered %s: %s", line, status, body)
			}
		})
	}
}

// pasted is a server and a shell in a folder with the file of the docs.
type pasted struct {
	*site
	dir string
}

// paste runs a curl line, and gives the answer's status and body.
func (p *pasted) paste(line string, variables map[string]string) (status, body string) {
	p.t.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, "people.csv"), []byte(twoPeople), 0o600); err != nil {
		p.t.Fatal(err)
	}
	shell := exec.CommandContext(p.t.Context(), "bash", "-euc", `curl() { command curl --silent --show-error --max-time 60 --output answer --write-out '%{http_code}' "$@"; }`+"\n"+line)
	shell.Dir = p.dir
	shell.Env = append(os.Environ(), "HOST="+p.url, "TOKEN="+p.token("main"), "IID="+testApplication, "ACCOUNT="+testAccount)
	for name, value := range variables {
		shell.Env = append(shell.Env, name+"="+value)
	}
	out, err := shell.Output()
	if err != nil {
		p.t.Fatalf("%s\n%v", line, err)
	}
	answer, _ := os.ReadFile(filepath.Join(p.dir, "answer")) // none was written where the answer has no body
	return string(out), string(answer)
}

// prepare makes what the example of a call names, but for what the call makes itself,
// and gives the variables of its line.
func (p *pasted) prepare(id string) map[string]string {
	vars := map[string]string{"ENTRY": "", "RUN": "", "CLAIM": ""}
	given := func(words ...string) { p.given(words, map[string]string{"user": p.clients["main"].app.UserID}) }
	make := func(call, target string) answer {
		if call == id {
			return answer{}
		}
		return p.must(http.MethodPost, v2(target), docExample(call))
	}
	make("createContactList", "/contactList/createContactList")
	if id != "createContactList" {
		make("addContacts", "/contactList/addContacts")
	}
	vars["LIST"] = p.create("Others", false)
	var people []string
	for _, n := range []string{"23", "24", "25", "26", "27", "28", "29", "30", "31", "32", "33", "34"} {
		people = append(people, `{"phoneNumber":"+141555501`+n+`","lastName":"Lovelace","plan":"gold"}`)
	}
	p.must(http.MethodPost, v2("/contactList/addContacts"), `{"contact_list_name":"Others","data":[`+strings.Join(people, ",")+`]}`)
	contacts := decodeData[struct {
		Results []struct {
			ID string `json:"_id"`
		}
	}](p.t, p.must(http.MethodGet, v2("/contactList/"+vars["LIST"]+"/getAllContacts"), ""))
	vars["CONTACT"] = contacts.Results[0].ID
	given("list", "Opt-outs", "dnc", "passiveApi")
	for _, registry := range []struct{ create, path string }{{"createExperienceFlow", "/experienceFlows"}, {"createQueue", "/queues"}, {"createMessageTemplate", "/messageTemplates"}} {
		if made := make(registry.create, registry.path); "delete"+strings.TrimPrefix(registry.create, "create") == id {
			vars["ENTRY"] = decodeData[struct{ ID string }](p.t, made).ID
		}
	}
	p.prepareUpload(id, vars)
	p.prepareImport(id, vars)
	if id != "createContactList" && id != "createExperienceFlow" && !strings.HasPrefix(id, "delete") || id == "deleteCampaign" {
		p.prepareCampaign(id, vars)
	}
	if id == "liftErasure" {
		make("erasePerson", "/erasures")
	}
	return vars
}

func (p *pasted) prepareUpload(id string, vars map[string]string) {
	if id != "patchUpload" {
		vars["UPLOAD"] = p.upload("people.csv", twoPeople)
		return
	}
	r := p.request(http.MethodPost, v2("/uploads"), "")
	r.Header.Set("Tus-Resumable", "1.0.0")
	r.Header.Set("Upload-Defer-Length", "1")
	location := p.do(r).Header().Get("Location")
	vars["UPLOAD"] = location[strings.LastIndexByte(location, '/')+1:]
}

func (p *pasted) prepareImport(id string, vars map[string]string) {
	im := p.startImport(vars["LIST"], "more.csv", twoPeople+"12\n", nil)
	vars["IMPORT"] = im.ImportID
	switch id {
	case "cancelImport":
	case "retryImport":
		p.accepted("/imports/" + im.ImportID + "/cancel")
	default:
		p.runImports()
	}
	if id == "getKeptContacts" {
		p.accepted("/imports/" + im.ImportID + "/undo")
		p.runImports()
	}
}

func (p *pasted) accepted(target string) {
	p.t.Helper()
	if status, a := p.call(http.MethodPost, v2(target), ""); status != http.StatusAccepted {
		p.t.Fatal(status, a)
	}
}

// prepareCampaign makes the campaign of the docs, and has it run for the calls of
// dialers, at all hours.
func (p *pasted) prepareCampaign(id string, vars map[string]string) {
	if id == "createCampaign" {
		return
	}
	campaign := decodeData[struct{ ID string }](p.t, p.must(http.MethodPost, v2("?campaignType=voice"), docExample("createCampaign")))
	vars["CAMPAIGN"] = campaign.ID
	known := map[string]string{"campaign Reminder": campaign.ID}
	p.given([]string{"scrubs", "run"}, known)
	runs := []string{"claimContacts", "claimShared", "recordOutcome", "extendClaim", "releaseClaim", "skipClaim", "exportRun", "getRuns", "getCampaignStatus"}
	if !slices.Contains(runs, id) {
		return
	}
	mode := rollcall.ModeAgentless
	if id == "skipClaim" {
		mode = rollcall.ModePreview
	}
	p.given([]string{"plan", "Reminder", string(mode)}, known)
	p.must(http.MethodPost, v2("/trigger/"+campaign.ID+"?campaignType=voice&trigger=play"), "")
	all, err := p.store.Runs(context.Background(), p.owner(), campaign.ID, 0, 1)
	if err != nil || len(all) != 1 {
		p.t.Fatal(all, err)
	}
	vars["RUN"] = all[0].ID
	claims := decodeData[struct {
		Claims []struct{ ClaimID string }
	}](p.t, p.must(http.MethodPost, v2("/"+campaign.ID+"/claims"), `{"limit":1,"agent":"Ann"}`))
	if len(claims.Claims) != 1 {
		p.t.Fatalf("%+v", claims)
	}
	vars["CLAIM"] = claims.Claims[0].ClaimID
}
