"""The objects that the routes use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from center.cases.actions import CaseActions
from center.cases.case_access import CaseAccesses
from center.cases.details import CaseDetails
from center.cases.evidence import EvidenceKeeper
from center.cases.from_rule_events import RuleEventCases
from center.cases.geotagged import GeotaggedFiles
from center.cases.queries import CaseQueries
from center.cases.reports import PersonReports
from center.documents.case_documents import DocumentsOfCases
from center.exchange.feed import ChangeFeed
from center.exchange.imports import Imports
from center.exchange.webhooks import WebhookAdministration
from center.history.queries import History
from center.history.rule_events import RuleEvents
from center.hotline.queries import Hotline
from center.live.feed import LiveFeed
from center.live.queries import EntityQueries
from center.map.cameras import Cameras
from center.map.layers import MapLayers
from center.notices.caller_notices import CallerNotices
from center.open311.key_administration import KeyAdministration
from center.open311.publication import Publications
from center.people.administration import Administration
from center.people.audit import AuditLog
from center.people.current_rights import CurrentRights
from center.people.sign_on import SignOn
from center.phones.reports import PhoneReports
from center.pictures.queries import PictureQueries
from center.pictures.thumbnails import Thumbnails
from center.search.queries import Search
from center.web.uploads import Uploads
from store.evidence import EvidenceStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """All of them; `clock` returns now, aware."""

    sign_on: SignOn
    rights: CurrentRights
    audit: AuditLog
    administration: Administration
    change_feed: ChangeFeed
    webhooks: WebhookAdministration
    imports: Imports
    cases: CaseQueries
    case_details: CaseDetails
    case_accesses: CaseAccesses
    case_actions: CaseActions
    rule_event_cases: RuleEventCases
    reports: PersonReports
    notices: CallerNotices
    documents: DocumentsOfCases
    evidence_keeper: EvidenceKeeper
    publications: Publications
    api_keys: KeyAdministration
    geotagged: GeotaggedFiles
    uploads: Uploads
    history: History
    rule_events: RuleEvents
    entities: EntityQueries
    live: LiveFeed
    search: Search
    hotline: Hotline
    layers: MapLayers
    cameras: Cameras
    pictures: PictureQueries
    evidence: EvidenceStore
    thumbnails: Thumbnails
    phone_reports: PhoneReports
    clock: Callable[[], datetime]
