-- Workspaces are the tenants. Every table below carries the workspace's id as the first column of its primary key:
-- foreign keys are composite, so a row cannot refer to another workspace's row whatever path wrote it, and every index
-- starts with the column on which row-level security filters.

-- The workspace of the current transaction, or NULL when there is none: a custom setting that was once set locally
-- reads as the empty string afterwards. NULL makes every policy below false.
CREATE FUNCTION public.current_tenant_id() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('app.tenant_id', true), '')::uuid;
COMMENT ON FUNCTION public.current_tenant_id() IS 'Workspace set for this transaction in app.tenant_id; NULL without one.';

CREATE TABLE public.workspaces (
    id         uuid PRIMARY KEY,
    name       text NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT workspaces_name_check CHECK (char_length(name) <= 100 AND btrim(name, ' ') <> '')
);

CREATE TABLE public.members (
    tenant_id      uuid NOT NULL DEFAULT public.current_tenant_id() REFERENCES public.workspaces (id),
    id             uuid NOT NULL DEFAULT uuidv7(),
    email          text NOT NULL,
    -- The address as it is compared. A stored column rather than an index on lower(email): lower() and citext's
    -- operators are not leakproof, so behind row-level security the planner would not use such an index.
    email_folded   text NOT NULL GENERATED ALWAYS AS (lower(email)) STORED,
    name           text NOT NULL,
    role           text NOT NULL,
    created_at     timestamptz NOT NULL,
    deactivated_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    -- Deactivated members count: their address stays taken.
    CONSTRAINT members_email_key UNIQUE (tenant_id, email_folded),
    CONSTRAINT members_email_check CHECK (email <> ''),
    CONSTRAINT members_name_check CHECK (char_length(name) <= 100 AND btrim(name, ' ') <> ''),
    CONSTRAINT members_role_check CHECK (role IN ('owner', 'member', 'guest'))
);
COMMENT ON COLUMN public.members.email IS 'As typed; compared by email_folded.';

-- One token a member at most. Tokens carry 256 random bits, so a plain SHA-256 cannot be searched backwards; salting
-- would only make the look-up by token impossible.
CREATE TABLE public.api_tokens (
    tenant_id  uuid NOT NULL DEFAULT public.current_tenant_id(),
    member_id  uuid NOT NULL,
    token_hash bytea NOT NULL,
    first_half text NOT NULL,
    second_half text NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, member_id),
    CONSTRAINT api_tokens_hash_key UNIQUE (tenant_id, token_hash),
    CONSTRAINT api_tokens_hash_check CHECK (octet_length(token_hash) = 32),
    CONSTRAINT api_tokens_member_fkey FOREIGN KEY (tenant_id, member_id) REFERENCES public.members (tenant_id, id)
);

ALTER TABLE public.workspaces ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.members ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.api_tokens ENABLE ROW LEVEL SECURITY;

-- A policy for ALL with USING alone checks what is written by the same condition.
CREATE POLICY workspaces_tenant ON public.workspaces TO app_user USING (id = public.current_tenant_id());
CREATE POLICY members_tenant ON public.members TO app_user USING (tenant_id = public.current_tenant_id());
CREATE POLICY api_tokens_tenant ON public.api_tokens TO app_user USING (tenant_id = public.current_tenant_id());

GRANT SELECT, INSERT ON public.workspaces TO app_user;
GRANT SELECT, INSERT, UPDATE (deactivated_at) ON public.members TO app_user;
GRANT SELECT, INSERT, UPDATE (token_hash, first_half, second_half, created_at) ON public.api_tokens TO app_user;
