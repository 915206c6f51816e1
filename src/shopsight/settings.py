"""Every knob in one typed class. A flag beats the environment (`SHOPSIGHT_...`), which beats `shopsight.toml`, which
beats the default. Only `shop` and the doors read it."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource


class Settings(BaseSettings):
    """What an operator may set."""

    model_config = SettingsConfigDict(env_prefix="SHOPSIGHT_", toml_file="shopsight.toml", extra="ignore")

    shop: Path = Field(Path("shop"), description="The shop's folder.")
    database_url: str = Field("", description="A PostgreSQL URL; empty means SQLite inside the shop's folder.")
    engine: str = Field("shop.lite0", description="The embedding engine, by name (`shopsight models list`).")
    taxonomy: str = Field("", description="A product taxonomy file in Shopify's format; empty: none.")
    threads: int = Field(0, ge=0, description="Threads for one engine; 0 lets it choose.")
    max_photo_bytes: int = Field(20_000_000, gt=0, description="The largest picture file taken, in bytes.")
    max_photo_pixels: int = Field(50_000_000, gt=0, description="The largest picture taken, in pixels.")
    api_key: SecretStr = Field(
        SecretStr(""), description="Key that writing over HTTP needs; empty: only this machine may write."
    )
    open_reading: bool = Field(True, description="Whether reading over HTTP needs no key.")
    requests_per_minute: int = Field(
        600, ge=0, description="Requests one address may make in a minute; 0 means no limit."
    )
    allow_hosts: list[str] = Field(
        default_factory=list, description="Own hosts that importers may fetch from though private."
    )
    cors_origins: list[str] = Field(default_factory=list, description="Other sites whose pages may call the API.")
    host: str = Field("127.0.0.1", description="Address that `serve` listens on.")
    port: int = Field(8000, ge=0, le=65535, description="Port that `serve` listens on.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)
